UPDATE operation SET status = 7, verdict = 99, flags = -1
