DROP TABLE total;;CREATE VIEW total AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT 'operations.seen' AS key, x AS value FROM n
