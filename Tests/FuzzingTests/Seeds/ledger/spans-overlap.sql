INSERT INTO coverage SELECT start_ms + 1, end_ms + 1 FROM coverage
