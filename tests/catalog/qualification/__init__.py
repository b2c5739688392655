"""A qualification and its versions."""
