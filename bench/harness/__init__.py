"""What the rows of a bench are made of: processes on cores, load, tables. Python's standard library alone."""
