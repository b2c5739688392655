"""The document that admits the applicant to the examination: what each type must have."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.schemas import CivilDay, RequestBody
from shared.values.lines import Line, TextForm
from shared.values.pasted import clean_code, clean_line

RUSSIAN_PASSPORT = "passport_rf"
_SERIES_DIGITS, _NUMBER_DIGITS = 4, 6
_SIGNS = frozenset(" /-")
_DIGITS = frozenset("0123456789")


def _clean_number(text: str) -> str:
    """Digits and hyphens of ASCII, single blanks, and no `№`."""
    return " ".join(map(clean_code, clean_line(text).split())).strip()


def _check_number(number: str) -> str:
    """The number itself. Raises `PydanticCustomError`."""
    is_of_characters = all(
        character in _SIGNS or unicodedata.category(character)[0] == "L" or character in _DIGITS
        for character in number
    )
    if not is_of_characters or number[:1] in _SIGNS:
        raise PydanticCustomError(
            "identity_document.number",
            "write it as in the document: letters and digits, between them spaces, hyphens or "
            "slashes",
        )
    return number


DocumentNumber = Annotated[
    str,
    TextForm(
        max_length=30,
        clean=_clean_number,
        check=_check_number,
        pattern=r"^[\p{L}0-9][\p{L}0-9 /-]*$",
    ),
]


class IdentityDocument(RequestBody):
    """The document that admits the applicant to the examination; stored sealed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "passport_rf",
                    "series": "4012",
                    "number": "345678",
                    "issued_by": "ГУ МВД России по г. Санкт-Петербургу",
                    "issued_on": "2014-06-03",
                }
            ]
        }
    )

    type: Literal[
        "passport_rf",
        "foreign_passport",
        "residence_permit",
        "temporary_residence",
        "refugee_certificate",
        "other",
    ] = Field(description="type of the document")
    type_name: Line | None = Field(
        default=None,
        description="of another type: which it is",
        examples=["Удостоверение личности военнослужащего"],
    )
    series: DocumentNumber | None = Field(
        default=None,
        validate_default=True,
        description="series of the document, where it has one; of a Russian passport 4 digits",
        examples=["4012"],
    )
    number: DocumentNumber = Field(
        description="number of the document; of a Russian passport 6 digits",
        examples=["345678"],
    )
    issued_by: Line = Field(
        description="who issued the document", examples=["ГУ МВД России по г. Санкт-Петербургу"]
    )
    issued_on: CivilDay = Field(description="civil day of issue")

    @field_validator("series")
    @classmethod
    def _check_series(cls, series: str | None, form: ValidationInfo) -> str | None:
        if form.data.get("type") != RUSSIAN_PASSPORT:
            return series
        return _require_digits(series or "", _SERIES_DIGITS)

    @field_validator("number")
    @classmethod
    def _check_digits(cls, number: str, form: ValidationInfo) -> str:
        if form.data.get("type") == RUSSIAN_PASSPORT:
            return _require_digits(number, _NUMBER_DIGITS)
        if _DIGITS.isdisjoint(number):
            raise PydanticCustomError(
                "identity_document.digits", "the number of a document has at least one digit"
            )
        return number

    @model_validator(mode="after")
    def _check_type_name(self) -> "IdentityDocument":
        if (self.type == "other") != (self.type_name is not None):
            raise PydanticCustomError(
                "identity_document.type_name",
                "'type_name' says which other document it is, and stands only then",
            )
        return self


def _require_digits(text: str, count: int) -> str:
    """The digits of a Russian passport, without blanks. Raises `PydanticCustomError`."""
    digits = text.replace(" ", "")
    if not re.fullmatch(rf"[0-9]{{{count}}}", digits):
        raise PydanticCustomError(
            "identity_document.passport",
            "a Russian passport has a series of 4 digits and a number of 6",
        )
    return digits
