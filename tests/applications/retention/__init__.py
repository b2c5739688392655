"""Consent, and the end of a file."""
