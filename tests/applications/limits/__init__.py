"""The limits of law."""
