CREATE INDEX more ON operation (abs(created_ms - 9223372036854775807 - 1))
