"""The pages of operations about certificates: what is due, was told, will be, and waits."""
