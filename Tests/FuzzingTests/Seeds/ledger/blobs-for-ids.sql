UPDATE operation SET id = CAST(id AS BLOB)
