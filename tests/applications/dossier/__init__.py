"""The whole application."""
