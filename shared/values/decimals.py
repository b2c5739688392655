"""Numbers with a fraction, written with a comma or a point, and compared as they were written."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticKnownError

from shared.values.pasted import clean_line

MAX_DIGITS = 20
"""A longer number is not understood: nothing here counts so far, and CLDR could not write it."""

MAX_NUMBER, MAX_PLACES = 100_000, 4
_TEXT_LENGTH = 40
_DECIMALS = [
    re.compile(form, re.ASCII)
    for form in (
        r"(?P<whole>[+-]?\d+)(?:[.,](?P<fraction>\d+))?",
        r"(?P<whole>[+-]?\d{1,3}(?: \d{3})+)(?:[.,](?P<fraction>\d+))?",
        r"(?P<whole>[+-]?\d{1,3}(?:,\d{3})+)\.(?P<fraction>\d+)",
        r"(?P<whole>[+-]?\d{1,3}(?:\.\d{3})+),(?P<fraction>\d+)",
    )
]


def find_decimal(text: str) -> str | None:
    """The number with a point and without blanks: of `8,5`, `8.5`, `1 240,5`; None for no number.

    Where both a comma and a point stand, the last is the decimal one.
    """
    plain_text = clean_line(text).replace("\u2212", "-")
    if sum(map(str.isdigit, plain_text)) > MAX_DIGITS:
        return None
    for form in _DECIMALS:
        match = form.fullmatch(plain_text)
        if match:
            integer = re.sub(r"[ .,+]", "", match["whole"])
            return f"{integer}.{match['fraction']}" if match["fraction"] else integer
    return None


def _read_number(value: object) -> object:
    """The number that a text means. Raises `PydanticKnownError` for another text."""
    if not isinstance(value, str):
        return value
    number = find_decimal(value)
    if number is None:
        raise PydanticKnownError("decimal_parsing")
    return number


def _write_number(value: Decimal) -> float | int:
    """The number in JSON: exact, since it has far fewer digits than a float keeps."""
    return int(value) if value == value.to_integral_value() else float(value)


_NUMBER_SCHEMA: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": MAX_NUMBER}
_TEXT_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": _TEXT_LENGTH}

DecimalNumber = Annotated[
    Decimal,
    BeforeValidator(_read_number),
    Field(ge=0, le=MAX_NUMBER, decimal_places=MAX_PLACES, allow_inf_nan=False),
    AfterValidator(abs),  # of -0, which would be printed with its sign
    PlainSerializer(_write_number, when_used="json"),
    WithJsonSchema({"anyOf": [_NUMBER_SCHEMA, _TEXT_SCHEMA]}, mode="validation"),
    WithJsonSchema(_NUMBER_SCHEMA, mode="serialization"),
]
"""A number from 0 with at most four decimals: a number of JSON, or a text such as `8,5`."""
