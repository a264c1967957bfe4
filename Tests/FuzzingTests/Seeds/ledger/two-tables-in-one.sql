PRAGMA writable_schema = ON;;UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'operation') WHERE name = 'total'
