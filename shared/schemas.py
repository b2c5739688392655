"""The base of request bodies."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError


def is_none(value: object) -> bool:
    """Whether there is no value: for fields that are left out of JSON then (`exclude_if`)."""
    return value is None


class RequestBody(BaseModel):
    """The base of request bodies: unknown members are refused, text is trimmed and free of U+0000.

    PostgreSQL cannot store U+0000, so it is refused here, where the field can be named.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_nul(cls, value: Any) -> Any:
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise PydanticCustomError("text.nul", "must not contain the character U+0000")
        return value
