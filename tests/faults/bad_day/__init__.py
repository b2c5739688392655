"""A day on which everything goes wrong, one thing after another, under traffic."""
