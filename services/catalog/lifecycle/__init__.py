"""How a qualification comes into force, changes and ends. Pure: no I/O."""
