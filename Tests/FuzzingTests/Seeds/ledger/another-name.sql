PRAGMA writable_schema = ON;;UPDATE sqlite_schema SET name = 'x', tbl_name = 'x' WHERE name = 'coverage'
