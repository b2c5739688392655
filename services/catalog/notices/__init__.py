"""How many days before the end holders of a qualification's certificates are told of it."""
