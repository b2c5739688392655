"""The number of a certificate: its form, its parts, its check (order 725n, item 5)."""

import re
from datetime import date
from typing import Annotated

from pydantic import Field

from shared.stated import Stated
from shared.templates import check_template
from shared.values.codes import CodeForm

NUMBER_MIN_LENGTH = 5
NUMBER_MAX_LENGTH = 60
NUMBER_CHARACTERS = "[0-9A-Za-z./-]"
"""A character of a number, as a regular expression: nothing that an address would have to quote."""

CertificateNumber = Annotated[
    str,
    CodeForm(
        "certificate.number_form",
        "write the number as it is printed, such as 07.01000.00.00000001.29",
        f"^{NUMBER_CHARACTERS}+$",
        NUMBER_MIN_LENGTH,
        NUMBER_MAX_LENGTH,
    ),
    Field(description="the certificate's number, as printed", examples=["07.01000.00.00000001.29"]),
]
"""A certificate's number, as printed."""

StoredNumber = Annotated[
    str,
    Stated(NUMBER_MAX_LENGTH, NUMBER_MIN_LENGTH),
    Field(description="the certificate's number, as printed", examples=["07.01000.00.00000001.29"]),
]
"""The same in answers: what is stored was checked when it was given, or comes from elsewhere."""

NUMBER_EXPRESSION = f"{NUMBER_CHARACTERS}{{{NUMBER_MIN_LENGTH},{NUMBER_MAX_LENGTH}}}"
"""The same as a regular expression."""

_NUMBER = re.compile(NUMBER_EXPRESSION)
_HIGHEST_SERIAL = 2**63 - 1


def is_number(text: str) -> bool:
    """Whether a certificate's number may look like this."""
    return _NUMBER.fullmatch(text) is not None


def format_number(number_format: str, code: str, serial: int, valid_until: date) -> str:
    """Formats a certificate's number, e.g. `08.00800.01.00000003.27`.

    The form is inferred from published certificates: the qualification's code, an eight-digit
    serial, two digits of the year of expiry. Order 725n, item 5, lets the registry assign
    numbers.
    """
    return number_format.format(code=code, serial=serial, expiry_year=valid_until.year % 100)


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


def check_number_format(number_format: str, unnumbered_format: str) -> None:
    """Raises `ValueError` when these formats give numbers that nobody could ask about.

    Without the serial two certificates would get one number.
    """
    code = check_template(unnumbered_format, {"area": "00", "standard": "000"})
    for serial in (1, _HIGHEST_SERIAL):
        samples = {"code": code, "serial": serial, "expiry_year": 29}
        number = check_template(number_format, samples, required=["serial"])
        if not is_number(number):
            raise ValueError(
                f"the format gives {number!r}: a number has {NUMBER_MIN_LENGTH} to "
                f"{NUMBER_MAX_LENGTH} digits, Latin letters, full stops, slashes or hyphens"
            )
