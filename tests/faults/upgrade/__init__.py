"""A release replaces another, and is taken back, while people go on with their work."""
