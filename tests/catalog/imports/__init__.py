"""Importing a council's table."""
