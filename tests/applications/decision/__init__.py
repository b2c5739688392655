"""The council's decision and what follows it."""
