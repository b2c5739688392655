"""Consent withdrawn, and the end of a file: what is erased when, with the act."""
