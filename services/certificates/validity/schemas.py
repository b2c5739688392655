"""Answers about notices."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, computed_field

from services.certificates.certificate.members import (
    CertificateId,
    CouncilName,
    Days,
    QualificationId,
    QualificationName,
    RecordedAt,
    ValidUntil,
)
from services.certificates.certificate.number import StoredNumber
from services.certificates.certificate.schemas import RowAnswerBase
from services.certificates.validity.rules import NoticeKind, SuppressionReason, notice_kind
from shared.schemas import Count

REHEARSED_GROUPS = 1000
"""Of a rehearsal, so many groups are shown."""

ThresholdDays = Annotated[
    Days, Field(description="days before the end; 0: the certificate has expired", examples=[90])
]


class NoticeAnswer(RowAnswerBase):
    """One notice in the ledger."""

    certificate_id: CertificateId
    generation: Count = Field(
        description="how often the certificate's end had changed", examples=[0]
    )
    threshold_days: ThresholdDays
    due_on: date = Field(description="the civil day on which it was due", examples=["2029-08-26"])
    noticed_on: date = Field(
        description="the civil day on which it was entered", examples=["2029-08-26"]
    )
    recorded_at: RecordedAt
    reason: SuppressionReason | None = Field(
        description="why it was not published; null when it was"
    )
    event_id: UUID = Field(description="the CloudEvents id of the notice, where it was published")

    @computed_field(description="whether renewal was due or the certificate had expired")  # type: ignore[prop-decorator]
    @property
    def kind(self) -> NoticeKind:
        """Whether renewal was due or the certificate had expired."""
        return notice_kind(self.threshold_days)


class RehearsedGroupAnswer(BaseModel):
    """The notices of one qualification at one threshold."""

    qualification_id: QualificationId
    qualification_name: QualificationName
    council: CouncilName
    threshold_days: ThresholdDays
    kind: NoticeKind = Field(description="whether renewal is due or certificates expire")
    group_size: Count = Field(description="how many notices would be published", examples=[12])


class RehearsalAnswer(BaseModel):
    """What a scan would publish on a day, if nothing changed until then and no day were missed."""

    rehearsed_on: date = Field(
        description="the civil day that was asked about", examples=["2029-08-26"]
    )
    renewal_total: Count = Field(description="notices that renewal is due", examples=[12])
    expired_total: Count = Field(description="notices that a certificate has expired", examples=[0])
    group_total: Count = Field(
        description="of qualifications and thresholds; `groups` may be fewer", examples=[1]
    )
    groups: list[RehearsedGroupAnswer] = Field(
        max_length=REHEARSED_GROUPS, description="the largest first, at most 1000"
    )


class RehearsedRowAnswer(BaseModel):
    """A certificate about which a scan would publish a notice on the day."""

    certificate_id: CertificateId
    number: StoredNumber
    qualification_id: QualificationId
    ends_on: ValidUntil
    threshold_days: ThresholdDays
