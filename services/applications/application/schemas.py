"""The types of the forms' fields, with their limits and patterns."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from unicodedata import normalize

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from shared.schemas import RequestBody


def _require_date_text(value: Any) -> Any:
    """Refuses what pydantic would accept as a date: seconds since 1970, a date with a time."""
    if not isinstance(value, str):
        raise ValueError("a date is written as 2026-03-31")
    return value


def _require_unique(names: Sequence[str]) -> Sequence[str]:
    if len(set(names)) < len(names):
        raise ValueError("each may stand once")
    return names


Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\p{Cc}]*$")]
Prose = Annotated[str, Field(min_length=1, max_length=10_000)]
PersonName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^\p{L}[\p{L}\p{M}'’ʼ.]*([ -][\p{L}\p{M}'’ʼ.]+)*$",
        description="letters of any alphabet; between words one space or hyphen",
    ),
    BeforeValidator(lambda value: normalize("NFC", value) if isinstance(value, str) else value),
]
Day = Annotated[
    date,
    BeforeValidator(_require_date_text),
    Field(json_schema_extra={"format": "date", "examples": ["2026-03-31"]}),
]
People = Annotated[list[Line], Field(min_length=1, max_length=30), AfterValidator(_require_unique)]
CentreNumber = Annotated[
    str, Field(min_length=1, max_length=50, pattern=r"^[^\p{Cc}]*$", examples=["78.041"])
]
EmployerNumber = Annotated[
    str,
    Field(
        pattern=r"^(\d{10}|\d{12})$",
        description="the employer's taxpayer number (ИНН)",
        examples=["7701234567"],
    ),
]


class Centre(RequestBody):
    """The assessment centre to which the application goes."""

    model_config = ConfigDict(from_attributes=True)

    number: CentreNumber
    name: Line


class StepRequest(RequestBody):
    """A step with the actor whom the history names; None leaves it to the caller's account."""

    actor: Line | None = None


class RowAnswer(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)
