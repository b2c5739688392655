"""Journeys over the whole stack: every process, real PostgreSQL, a real broker, HTTP."""
