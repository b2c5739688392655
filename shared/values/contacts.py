"""How people are reached: e-mail addresses and telephone numbers."""

from typing import Annotated

from pydantic import Field, validate_email
from pydantic_core import PydanticCustomError

from shared.values.lines import TextForm

MAX_EMAIL_LENGTH = 254
MAX_PHONE_LENGTH = 40


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
    TextForm(max_length=MAX_EMAIL_LENGTH, check=_normalize_email, pattern=None),
    Field(examples=["sokolova@example.org"], json_schema_extra={"format": "email"}),
]
"""One address, without a name before it."""

PhoneNumber = Annotated[
    str,
    TextForm(max_length=MAX_PHONE_LENGTH),
    Field(examples=["+7 495 000-00-00"]),
]
"""A number as people write it; the plan of which country it must follow is a setting."""
