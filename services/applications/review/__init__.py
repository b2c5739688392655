"""The centre's review of an application."""
