UPDATE total SET value = 0 WHERE key = 'operations.held'
