UPDATE operation SET total = -9223372036854775808, sent = -1
