UPDATE ledger SET value = -9223372036854775808 WHERE key = 'birth_ms'
