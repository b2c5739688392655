"""Appeals, from the complaint to its execution."""
