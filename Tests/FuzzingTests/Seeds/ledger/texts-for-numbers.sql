UPDATE ledger SET value = 'x' WHERE key = 'birth_ms';;UPDATE total SET value = x'00ff'
