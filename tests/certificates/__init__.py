"""The certificates service over real PostgreSQL."""
