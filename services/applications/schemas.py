"""Request and response bodies of the applications service."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from unicodedata import normalize
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from services.applications.lifecycle.requirements import Check
from services.applications.lifecycle.rules import Result
from services.applications.lifecycle.status import Actor, Status
from shared.http import RequestBody


def _written_out(value: Any) -> Any:
    """Refuses what pydantic would take for a date too: seconds since 1970, a date with a time."""
    if not isinstance(value, str):
        raise ValueError("a date is written as 2026-03-31")
    return value


def _each_once(names: Sequence[str]) -> Sequence[str]:
    if len(set(names)) < len(names):
        raise ValueError("each may stand once")
    return names


Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\p{Cc}]*$")]
Prose = Annotated[str, Field(min_length=1, max_length=10_000)]
Name = Annotated[
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
    BeforeValidator(_written_out),
    Field(json_schema_extra={"format": "date", "examples": ["2026-03-31"]}),
]
People = Annotated[list[Line], Field(min_length=1, max_length=30), AfterValidator(_each_once)]


class Applicant(RequestBody):
    """Who applies. The patronymic may be absent; a single name stands in both names' places."""

    family_name: Name
    given_name: Name
    patronymic: Name | None = None
    birth_date: Day
    email: str | None = Field(
        default=None, max_length=254, pattern=r"^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+\.[^@\s.\p{Cc}]+$"
    )
    phone: str | None = Field(
        default=None, pattern=r"^\+?[0-9][0-9 ()-]{4,24}$", examples=["+7 495 000-00-00"]
    )


class Centre(RequestBody):
    """The assessment centre that is applied to."""

    model_config = ConfigDict(from_attributes=True)

    number: str = Field(min_length=1, max_length=50, pattern=r"^[^\p{Cc}]*$", examples=["78.041"])
    name: Line


class ConsentGiven(RequestBody):
    """Consent to the processing of personal data: a document apart, of a version of its text."""

    text_version: str = Field(pattern=r"^[A-Za-z0-9._-]{1,40}$", examples=["2025-09-01"])
    given: Literal[True]


class NewApplication(RequestBody):
    """An application (the form of order 706n, without addresses and identity document)."""

    qualification_id: UUID
    applicant: Applicant
    centre: Centre
    notify_by: Literal["email", "phone", "post"] | None = None
    consent: ConsentGiven


class ReviewResult(RequestBody):
    """What the centre found. `return` needs remarks."""

    outcome: Literal["admit", "return"]
    remarks: Prose | None = None
    reviewer: Line


class Recorded(RequestBody):
    """Who acts, as the history tells it; absent, it names the part in the procedure."""

    actor: Line | None = None


class ExaminationProtocol(Recorded):
    """The commission's protocol. `practice` is absent when the theoretical part was failed."""

    held_on: Day
    theory: Result
    practice: Result | None = None
    protocol_number: Line
    examiners: People


class CouncilDecision(Recorded):
    """The council's decision, and who took part in it."""

    outcome: Literal["certify", "refuse"]
    decided_on: Day
    protocol_number: Line
    members: People


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class QualificationSummary(_Row):
    """The version of the qualification that is applied for."""

    id: UUID
    version: int
    registry_number: str | None
    name: str
    council: str
    level: int
    validity_term: str


class Document(_Row):
    """A document of an application."""

    id: UUID
    kind: str
    months: int | None
    field: str | None
    file_name: str
    size: int
    sha256: str
    attached_at: datetime


class Attached(Document):
    """A document just attached, and what is missing still."""

    check: Check


class Examination(_Row):
    """How the examination went."""

    held_on: date
    theory: Result
    practice: Result | None
    protocol_number: str
    examiners: list[str]


class Decision(_Row):
    """What the council decided."""

    outcome: str
    decided_on: date
    protocol_number: str
    members: list[str]


class Certificate(_Row):
    """The certificate that was issued."""

    certificate_id: UUID
    number: str
    issued_on: date
    valid_until: date


class ApplicantShown(_Row):
    """The applicant, with contacts."""

    family_name: str
    given_name: str
    patronymic: str | None
    birth_date: date
    email: str | None
    phone: str | None


class Application(BaseModel):
    """An application, with the check of its documents."""

    id: UUID
    status: Status
    acts_next: Actor | None = Field(description="absent in a final status")
    revision: int
    submitted_at: datetime
    qualification: QualificationSummary
    applicant: ApplicantShown
    centre: Centre
    notify_by: str | None
    documents: list[Document]
    check: Check
    remarks: str | None = Field(description="of the latest review")
    admitted_on: date | None
    examination: Examination | None
    decision: Decision | None
    certificate: Certificate | None


class ApplicationSummary(_Row):
    """An application in a list: without birth date and contacts."""

    id: UUID
    status: Status
    submitted_at: datetime
    qualification_id: UUID
    qualification_version: int
    family_name: str
    given_name: str
    patronymic: str | None
    centre_number: str


class Step(_Row):
    """A change of an application's status."""

    at: datetime
    actor: str
    command: str
    from_status: Status | None
    to_status: Status
    detail: str | None
