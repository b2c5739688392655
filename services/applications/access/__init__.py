"""Whose application it is, and the record of who saw personal data."""
