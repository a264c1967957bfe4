UPDATE operation SET flags = 1.5, sent = 0.5;;UPDATE duration SET count = 1e300
