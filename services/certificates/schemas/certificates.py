"""Bodies about certificates for those who keep them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.certificates.lifecycle.duplicates import Ground
from services.certificates.lifecycle.notices import NoticeKind
from services.certificates.lifecycle.standing import ChangeKind
from shared.clock import check_period
from shared.events.applications import AssessmentCentre, Holder
from shared.events.catalog import Qualification
from shared.http import RequestBody


class Annulment(RequestBody):
    """Why a certificate is annulled: it was issued in error."""

    reason: str = Field(min_length=10, max_length=1000)
    basis: str = Field(min_length=3, max_length=300, description="the decision that says so")


class Measure(Annulment):
    """A suspension, reinstatement or withdrawal: why, by what decision, from which day."""

    kind: Literal[ChangeKind.SUSPENDED, ChangeKind.REINSTATED, ChangeKind.WITHDRAWN]
    effective_on: date


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


Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")]
"""One line of text."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]
"""A family name, a given name, a patronymic."""


class Names(RequestBody):
    """A person's names, in the nominative."""

    family_name: Name
    given_name: Name
    patronymic: Name | None = None


class Centre(AssessmentCentre):
    """The centre as a certificate prints it; what its office has not told stays blank."""

    address: str | None = None
    head: str | None = None
    deputy: bool = False


class CentreTold(RequestBody):
    """What a centre's signature block prints (order 725n): its office keeps this up to date."""

    name: Line
    address: Line = Field(description="the legal address")
    head: Line = Field(description="who signs, e.g. `И. И. Иванов`")
    deputy: bool = Field(default=False, description="signs in the head's stead: `/` is printed")


class DuplicateAsked(RequestBody):
    """The holder's application for a duplicate (order 725n, items 17-20)."""

    ground: Ground
    basis: Line = Field(description="the proof: a report, a certificate of the change of name")
    applied_on: date
    holder: Names | None = Field(default=None, description="the new names, for `name_change`")

    @model_validator(mode="after")
    def _new_names_for_their_ground(self) -> "DuplicateAsked":
        if (self.ground is Ground.NAME_CHANGE) != (self.holder is not None):
            raise ValueError("'holder' has the new names, and stands only for 'name_change'")
        return self


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CentreShown(_Row, CentreTold):
    """A centre's signature block."""

    number: str
    updated_at: datetime
    updated_by: str


class Duplicate(_Row):
    """A duplicate: the certificate's number, a date of issue of its own."""

    certificate_id: UUID
    ordinal: int
    ground: Ground
    basis: str
    applied_on: date
    issued_on: date
    due_on: date | None = Field(default=None, description="the last day that the law gives")
    holder: Holder


class Statement(_Row):
    """A not-passed statement; without names when these were erased."""

    application_id: UUID
    number: str
    holder: Holder | None
    qualification: Qualification
    centre: Centre
    decided_on: date
    decision_protocol: str
    examined_from: date
    examined_to: date
    recommendation: str | None
    issued_on: date
    kept_until: date


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
    centre: Centre
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
