"""Answers about notices."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field, computed_field

from services.certificates.certificate.schemas import RowAnswerBase
from services.certificates.validity.rules import NoticeKind, SuppressionReason, notice_kind


class NoticeAnswer(RowAnswerBase):
    """One notice in the ledger."""

    certificate_id: UUID
    generation: int = Field(description="counts the changes of the certificate's end")
    threshold_days: int = Field(description="days before the end; 0: the certificate has expired")
    due_on: date = Field(description="the civil day on which it was due")
    noticed_on: date = Field(description="the civil day on which it was entered")
    recorded_at: datetime
    reason: SuppressionReason | None = Field(
        description="why it was not published; null when it was"
    )
    event_id: UUID = Field(description="the CloudEvents id of the notice, where it was published")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def kind(self) -> NoticeKind:
        """Whether renewal was due or the certificate had expired."""
        return notice_kind(self.threshold_days)


class RehearsedGroupAnswer(BaseModel):
    """The notices of one qualification at one threshold."""

    qualification_id: UUID
    qualification_name: str
    council: str = Field(description="the sector council of the qualification")
    threshold_days: int = Field(description="days before the end; 0: the certificate expires")
    kind: NoticeKind
    group_size: int = Field(description="how many notices would be published")


class RehearsalAnswer(BaseModel):
    """What a scan would publish on a day, if nothing changed until then and no day were missed."""

    rehearsed_on: date
    renewal_total: int = Field(description="notices that renewal is due")
    expired_total: int = Field(description="notices that a certificate has expired")
    group_total: int = Field(description="of qualifications and thresholds; `groups` may be fewer")
    groups: list[RehearsedGroupAnswer] = Field(description="the largest first, at most 1000")


class RehearsedRowAnswer(BaseModel):
    """A certificate about which a scan would publish a notice on the day."""

    certificate_id: UUID
    number: str
    qualification_id: UUID
    ends_on: date = Field(description="the last day of validity")
    threshold_days: int = Field(description="days before the end; 0: the certificate expires")
