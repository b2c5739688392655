"""The grammar of case numbers: `26-000118` is the 118th case, received in 2026. No I/O.

Serial numbers go on through the years and are never given twice; from the millionth on they are
longer.
"""

import re

from shared.values.pasted import drop_number_sign

SERIAL_MASK = "FM999999999999000000"
"""How the database writes a serial number: six digits, or as many as it has."""

_CASE_NUMBER = re.compile(r"\d{2}-(\d{6}|[1-9]\d{6,17})", re.ASCII)
_TYPED_NUMBER = re.compile(r"(\d{2})\s*[-\u2010-\u2015\u2212]\s*(\d{1,18})", re.ASCII)


def is_case_number(text: str) -> bool:
    """Whether the text is a case number exactly as cases bear it."""
    return _CASE_NUMBER.fullmatch(text) is not None


def parse_case_number(text: str) -> str | None:
    """The case number that somebody typed; None when it is none.

    Leading zeros may be left out, any dash with blanks around it may stand for the hyphen, and `№`
    may stand before it.
    """
    number = _TYPED_NUMBER.fullmatch(drop_number_sign(text).strip())
    if number is None:
        return None
    year, serial = number.groups()
    return f"{year}-{int(serial):06d}"
