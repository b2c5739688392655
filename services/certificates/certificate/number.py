"""The number of a certificate: its form, its parts, its check (order 725n, item 5)."""

from datetime import date
from typing import Annotated

from pydantic import Field

CertificateNumber = Annotated[
    str,
    Field(
        min_length=5,
        max_length=60,
        pattern=r"^[0-9A-Za-z./-]+$",
        examples=["07.01000.00.00000001.29"],
    ),
]
"""A certificate's number, as printed."""


def format_number(pattern: str, code: str, serial: int, valid_until: date) -> str:
    """Formats a certificate's number, e.g. `08.00800.01.00000003.27`.

    The form is inferred from published certificates: the qualification's code, an eight-digit
    serial, two digits of the year of expiry. Order 725n, item 5, lets the registry assign
    numbers.
    """
    return pattern.format(code=code, serial=serial, expiry_year=valid_until.year % 100)


def qualification_code(
    registry_number: str | None, standard: str | None, unnumbered_format: str
) -> str:
    """The registry's number of the qualification, or a code that the registry never assigns.

    Registry numbers end in an ordinal from 01; `unnumbered_format` gives ordinal 00 after the
    code of the occupational standard (`07.010` becomes `07.01000.00`), or zeros where there is
    no standard.
    """
    if registry_number is not None:
        return registry_number
    area, _, standard_number = (standard or "00.000").partition(".")
    return unnumbered_format.format(area=area, standard=standard_number)
