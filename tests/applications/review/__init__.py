"""The centre's review."""
