"""Response bodies of the certificates service."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.certificates.lifecycle import NoticeKind, Verdict
from shared.events.applications import AssessmentCentre, Holder
from shared.events.catalog import Qualification


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
    explanation: str
    checked_on: date = Field(description="the civil date for which this was answered")
    certificate: Certified | None


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
    valid_until: date
    issued_at: datetime


class Certificate(CertificateSummary):
    """A certificate with everything that it prints."""

    holder: Holder
    qualification: Qualification
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    recertifies: str | None = Field(description="the number of the certificate that it follows")


class Notice(_Row):
    """A notice of the ledger."""

    id: int
    certificate_id: UUID
    kind: NoticeKind
    threshold_days: int = Field(description="0 when the certificate has expired")
    noticed_on: date
    recorded_at: datetime
