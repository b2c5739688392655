"""Bodies about certificates: names, centres, answers."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.certificates.certificate.standing import ChangeKind
from shared.events.applications import AssessmentCentre, Holder
from shared.events.catalog import QualificationContent
from shared.schemas import RequestBody

Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")]
"""One line of text."""
NamePart = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
"""A family name, a given name, a patronymic."""


class PersonNames(RequestBody):
    """A person's names, in the nominative case."""

    family_name: NamePart
    given_name: NamePart
    patronymic: NamePart | None = None


class PrintedCentre(AssessmentCentre):
    """The centre as a document prints it; what its signature block lacks stays blank."""

    address: str | None = None
    head: str | None = None
    deputy: bool = False


class RowAnswerBase(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)


class CertificateSummary(RowAnswerBase):
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


class CertificateAnswer(CertificateSummary):
    """A certificate with its holder and everything else that it prints."""

    holder: Holder
    qualification: QualificationContent
    centre: PrintedCentre
    decided_on: date
    decision_protocol: str
    recertifies: str | None = Field(description="the number of the certificate that it follows")


class ChangeAnswer(RowAnswerBase):
    """One change of a certificate after its issue."""

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
