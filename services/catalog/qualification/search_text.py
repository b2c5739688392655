"""Text as it is searched and compared."""


def fold(text: str) -> str:
    """Text in the form in which searches compare it: without case, and with `ё` as `е`."""
    return text.casefold().replace("ё", "е")
