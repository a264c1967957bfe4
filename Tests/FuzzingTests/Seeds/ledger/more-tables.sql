CREATE TABLE more (x)
