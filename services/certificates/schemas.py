"""Response bodies of the certificates service."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.certificates.lifecycle.notices import NoticeKind
from services.certificates.lifecycle.standing import ChangeKind, Verdict
from shared.clock import check_period
from shared.events.applications import AssessmentCentre, Holder
from shared.events.catalog import Qualification
from shared.http import RequestBody
from shared.problems import FieldError

Number = Annotated[
    str,
    Field(
        min_length=5,
        max_length=60,
        pattern=r"^[0-9A-Za-z./-]+$",
        examples=["07.01000.00.00000001.29"],
    ),
]
"""A certificate's number, as printed."""


class Certified(BaseModel):
    """What a certificate says, without the holder.

    The law publishes no personal data (238-FZ, article 10, part 3; order 649n, item 17).
    """

    number: str
    qualification: str
    level: int
    registry_number: str | None
    council: str
    issued_on: date
    valid_until: date = Field(description="the last day of validity")


class Verification(BaseModel):
    """The answer to one question. `not_found` does not say whether number or date was wrong."""

    verdict: Verdict
    good: bool = Field(description="it proves the qualification on that day")
    explanation: str
    checked_on: date = Field(description="the civil date for which this was answered")
    certificate: Certified | None
    successor: str | None = Field(
        default=None, description="the number of the certificate that superseded this one"
    )
    ask_again_on: date | None = Field(
        default=None, description="the first day on which the answer may be another"
    )
    known_then: Verdict | None = Field(
        default=None, description="of a past day: the verdict by what was known on that day"
    )


class Question(RequestBody):
    """One certificate, as printed."""

    number: Number
    issued_on: date


class RowAnswer(BaseModel):
    """The answer to one row: a verification, or what is wrong with the row."""

    row: int = Field(description="counted from 1")
    answer: Verification | None = None
    errors: list[FieldError] = Field(default_factory=list)


class Annulment(RequestBody):
    """Why a certificate was issued in error."""

    reason: str = Field(min_length=10, max_length=1000)
    basis: str = Field(min_length=3, max_length=300, description="the decision that says so")


class Extension(RequestBody):
    """A decision that certificates which end in a window get a longer term."""

    ends_from: date
    ends_to: date
    extended_by: Annotated[str, AfterValidator(check_period)] = Field(examples=["P5M"])
    reason: str = Field(min_length=10, max_length=1000)
    basis: str = Field(min_length=3, max_length=300, description="the decision that says so")

    @model_validator(mode="after")
    def _a_window(self) -> "Extension":
        if self.ends_from > self.ends_to:
            raise ValueError("the window ends before it begins")
        return self


class ExtensionDecided(Extension):
    """The same, after its preview was looked at."""

    count: int = Field(ge=1, description="how many certificates the preview showed")


class Selected(BaseModel):
    """A certificate that an extension takes in."""

    id: UUID
    number: str
    valid_until: date = Field(description="its end before")
    extended_to: date


class Selection(BaseModel):
    """What an extension does, or would do."""

    count: int
    certificates: list[Selected]


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CertificateSummary(_Row):
    """A certificate in a list: without the holder."""

    id: UUID
    number: str
    application_id: UUID
    qualification_id: UUID
    qualification_version: int
    issued_on: date
    valid_until: date = Field(description="as printed")
    ends_on: date = Field(description="by all changes")
    issued_at: datetime


class Certificate(CertificateSummary):
    """A certificate with everything that it prints."""

    holder: Holder
    qualification: Qualification
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    recertifies: str | None = Field(description="the number of the certificate that it follows")


class ChangeShown(_Row):
    """What happened to a certificate after its issue."""

    kind: ChangeKind
    effective_on: date
    recorded_at: datetime
    actor: str
    reason: str
    basis: str | None
    valid_until: date | None
    successor: str | None
    window_from: date | None
    window_to: date | None


class Notice(_Row):
    """A notice of the ledger."""

    id: int
    certificate_id: UUID
    kind: NoticeKind
    threshold_days: int = Field(description="0 when the certificate has expired")
    noticed_on: date
    recorded_at: datetime
