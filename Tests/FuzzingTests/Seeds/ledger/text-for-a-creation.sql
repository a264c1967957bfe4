UPDATE operation SET created_ms = 'x' WHERE status = 1
