"""Qualifications taken away: the council's form, JSON, NDJSON."""
