"""Text as it is searched and compared."""


def folded(text: str) -> str:
    """Text as searches compare it: without case, and with `ё` as `е`."""
    return text.casefold().replace("ё", "е")
