"""Submitting applications, one by one and in groups."""
