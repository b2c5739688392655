"""Numbers of other services that people type into the search: told by their shape alone.

Whether there is such a case or certificate, its own service says.
"""

import re
from urllib.parse import urlencode

from shared.values.pasted import drop_number_sign

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_CASE_NUMBER = re.compile(r"(\d{2})-(\d{1,18})", re.ASCII)
_CERTIFICATE_NUMBER = re.compile(r"[0-9A-Za-z./-]{12,60}", re.ASCII)
_MIN_CERTIFICATE_DIGITS = 12
"""A certificate's number holds a serial number besides the code of its qualification; the code has
at most eleven digits."""


def find_number_address(text: str) -> str | None:
    """The page, below the language, of a case or a certificate; None where it is no number."""
    number = "".join(drop_number_sign(text).translate(_DASHES).split())
    case_number = _CASE_NUMBER.fullmatch(number)
    if case_number is not None:
        year, serial = case_number.groups()
        return f"/cases/{year}-{int(serial):06d}"
    digits = sum(char.isdecimal() for char in number)
    if _CERTIFICATE_NUMBER.fullmatch(number) and digits >= _MIN_CERTIFICATE_DIGITS:
        return f"/verify?{urlencode({'number': number})}"
    return None
