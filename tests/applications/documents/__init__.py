"""Documents, their store, and their check against the requirements."""
