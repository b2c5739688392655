"""The application form: exactly the fields of order 706n of 02.12.2016."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator, validate_email
from pydantic_core import PydanticCustomError

from services.applications.application.schemas import (
    Centre,
    Day,
    Line,
    Payer,
    PersonName,
    Prose,
    RecertifiedCertificate,
    Representative,
    RowAnswer,
)
from shared.errors import FieldError
from shared.schemas import RequestBody


def _normalize_email(text: str) -> str:
    """The address with its domain in small letters. Raises `ValueError`."""
    try:
        return validate_email(text)[1]
    except PydanticCustomError as error:
        raise PydanticCustomError(
            "applicant.email", "{reason}", {"reason": error.message()}
        ) from error


EmailAddress = Annotated[
    str, AfterValidator(_normalize_email), Field(json_schema_extra={"format": "email"})
]


class Applicant(RequestBody):
    """The applicant. The patronymic may be absent; a single name stands in both names' places."""

    family_name: PersonName
    given_name: PersonName
    patronymic: PersonName | None = None
    birth_date: Day
    email: EmailAddress | None = Field(default=None, max_length=254)
    phone: str | None = Field(
        default=None,
        max_length=40,
        pattern=r"^[^\p{Cc}]*$",
        examples=["+7 495 000-00-00"],
        description="kept as it was written; a number of the settings' country, or with its code",
    )
    address: Line = Field(description="where the applicant is registered")


class IdentityDocument(RequestBody):
    """The document that admits the applicant to the examination; stored sealed."""

    type: Literal[
        "passport_rf",
        "foreign_passport",
        "residence_permit",
        "temporary_residence",
        "refugee_certificate",
        "other",
    ]
    type_name: Line | None = Field(default=None, description="of another type: which it is")
    series: str | None = Field(default=None, pattern=r"^[\p{L}\d][\p{L}\d /-]{0,19}$")
    number: str = Field(pattern=r"^[\p{L}\d][\p{L}\d /-]{0,29}$")
    issued_by: Line
    issued_on: Day

    @model_validator(mode="after")
    def _check_type(self) -> "IdentityDocument":
        digits = (self.series or "").replace(" ", "") + self.number
        if self.type == "passport_rf" and not (digits.isdecimal() and len(digits) == 4 + 6):
            raise PydanticCustomError(
                "identity_document.passport",
                "a Russian passport has a series of 4 digits and a number of 6",
            )
        if (self.type == "other") != (self.type_name is not None):
            raise PydanticCustomError(
                "identity_document.type_name",
                "'type_name' says which other document it is, and stands only then",
            )
        return self


class ConsentStatement(RequestBody):
    """Consent to the processing of personal data, to one version of the text of consent."""

    text_version: str = Field(pattern=r"^[A-Za-z0-9._-]{1,40}$", examples=["2025-09-01"])
    given: Literal[True]


class ApplicationForm(RequestBody):
    """What the applicant states: all of an application except the consent."""

    qualification_id: UUID
    applicant: Applicant
    identity_document: IdentityDocument
    centre: Centre
    rules_read: Literal[True] = Field(description="the rules of decree 1204 were read")
    notify_by: Literal["email", "phone", "post"] | None = None
    language: str = Field(
        default="ru",
        pattern=r"^[a-z]{2,3}$",
        description="of letters to the holder; Russian where there are none in it",
    )
    postal_address: Line | None = Field(default=None, description="for the certificate by post")
    payer: Payer = Payer()
    representative: Representative | None = None
    recertifies: RecertifiedCertificate | None = None


class ApplicationRequest(ApplicationForm):
    """An application. `draft` leaves it with the applicant, who completes and submits it."""

    consent: ConsentStatement
    draft: bool = False
    received_on: Day | None = Field(
        default=None, description="when it came on paper; today, if absent. Limits run from it."
    )


class RenewalRequest(RequestBody):
    """A new application, prefilled from an earlier one of the same person."""

    consent: ConsentStatement
    recertifies: RecertifiedCertificate | None = None


class ConsentTextRequest(RequestBody):
    """A version of the text of consent, and from when it is in force."""

    version: str = Field(pattern=r"^[A-Za-z0-9._-]{1,40}$", examples=["2026-09-01"])
    text: Prose
    in_force_from: Day


class ConsentTextAnswer(RowAnswer):
    """A version of the text of consent, and the day from which it is in force."""

    version: str
    text: str
    in_force_from: date


class ConsentAnswer(RowAnswer):
    """Consent to the processing of personal data, and its withdrawal."""

    id: UUID
    application_id: UUID
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None


class GroupRowAnswer(BaseModel):
    """The answer for one row of a group: the new application, or the rule that refused it."""

    row: int = Field(description="counted from 1, without the heading")
    application_id: UUID | None = None
    rule: str | None = None
    detail: str | None = None
    errors: list[FieldError] = Field(default_factory=list)


class GroupAnswer(BaseModel):
    """The answer for a group: each row is answered on its own."""

    accepted_count: int
    refused_count: int
    rows: list[GroupRowAnswer]
