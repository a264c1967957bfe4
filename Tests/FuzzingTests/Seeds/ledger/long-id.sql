UPDATE operation SET id = hex(zeroblob(60000)) || id
