"""The catalog's writes: one function per use case. None commits."""
