UPDATE ledger SET value = 9223372036854775000 WHERE key = 'retention_edge_ms'
