"""Reading and writing a council's table."""
