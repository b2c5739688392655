"""Digests to offices: what waits for them, by e-mail."""
