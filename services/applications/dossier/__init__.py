"""The whole file: its query, its answer, and the steps that answer with it."""
