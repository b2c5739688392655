"""Bodies about notices."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.certificates.certificate.schemas import RowAnswerBase
from services.certificates.validity.rules import NoticeKind


class NoticeAnswer(RowAnswerBase):
    """One notice in the ledger."""

    id: int
    certificate_id: UUID
    kind: NoticeKind
    threshold_days: int = Field(description="0 when the certificate has expired")
    noticed_on: date
    recorded_at: datetime
