"""Whose application it is, and who saw it."""
