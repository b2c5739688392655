"""The names of areas of professional activity, as standards' codes begin with them."""

from shared.locale.translator import Translator

AREA_CODES = (*(f"{number:02}" for number in range(1, 34)), "40")
"""The areas of order 667n of 29.09.2014: the messages `area.<code>`."""


def area_name(t: Translator, code: str) -> str:
    """The name of an area with its code; of one that the order does not name, the code in words."""
    key = f"area.{code}"
    return f"{code} {t(key)}" if key in t else t("area", code=code)
