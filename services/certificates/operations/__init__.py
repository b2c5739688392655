"""The certificates service's writes: one function per use case. None commits."""
