"""Appeals, from the complaint to its execution (order 701n)."""
