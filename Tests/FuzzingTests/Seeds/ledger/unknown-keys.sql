INSERT INTO total VALUES ('x', 1);;INSERT INTO window VALUES (9, 'x', 1);;INSERT INTO duration VALUES (7, 1)
