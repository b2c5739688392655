"""The event path over real PostgreSQL and a real broker."""
