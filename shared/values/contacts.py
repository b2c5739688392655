"""How people are reached: e-mail addresses and telephone numbers."""

import re
from typing import Annotated

from pydantic import Field, validate_email
from pydantic_core import PydanticCustomError

from shared.values.lines import TextForm, refuse_mixed_alphabets

MAX_EMAIL_LENGTH = 254
MAX_PHONE_LENGTH = 40
_MAILTO = re.compile("^mailto:", re.IGNORECASE)


def _normalize_email(text: str) -> str:
    """The address with its domain in small letters. Raises `PydanticCustomError`.

    A Russian `а` in a Latin word makes another address, which nobody reads.
    """
    try:
        address = validate_email(_MAILTO.sub("", text))[1]
        for part in re.split("[@.]", address):
            refuse_mixed_alphabets(part)
    except PydanticCustomError:
        raise PydanticCustomError(
            "email.form", "write an e-mail address such as sokolova@example.org"
        ) from None
    return address


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
