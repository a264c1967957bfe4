UPDATE ledger SET value = hex(zeroblob(4000000)) WHERE key = 'account'
