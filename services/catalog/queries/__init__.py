"""The catalog's reads."""
