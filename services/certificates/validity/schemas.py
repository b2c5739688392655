"""Answers about notices."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field, computed_field

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
