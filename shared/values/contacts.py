"""How people are reached: e-mail addresses and telephone numbers."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, validate_email
from pydantic_core import PydanticCustomError

from shared.values.lines import refuse_controls
from shared.values.pasted import clean_line

MAX_EMAIL_LENGTH = 254
MAX_PHONE_LENGTH = 40


def _clean_line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _normalize_email(text: str) -> str:
    """The address with its domain in small letters. Raises `PydanticCustomError`."""
    try:
        return validate_email(text.removeprefix("mailto:"))[1]
    except PydanticCustomError:
        raise PydanticCustomError(
            "email.form", "write an e-mail address such as sokolova@example.org"
        ) from None


EmailAddress = Annotated[
    str,
    BeforeValidator(_clean_line),
    AfterValidator(_normalize_email),
    Field(
        max_length=MAX_EMAIL_LENGTH,
        examples=["sokolova@example.org"],
        json_schema_extra={"format": "email"},
    ),
]
"""One address, without a name before it."""

PhoneNumber = Annotated[
    str,
    BeforeValidator(_clean_line),
    AfterValidator(refuse_controls),
    Field(max_length=MAX_PHONE_LENGTH, examples=["+7 495 000-00-00"]),
]
"""A number as people write it; the plan of which country it must follow is a setting."""
