"""The ledger of validity notices."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from services.certificates.validity.rules import NoticeKind
from shared.columns import Instant, enum_text, identity_key


class ValidityNotice(CertificatesTable, table=True):
    """The ledger of notices: each kind and threshold once for each end of a certificate."""

    __tablename__ = "validity_notice"
    __table_args__ = (
        UniqueConstraint(
            "certificate_id",
            "kind",
            "threshold_days",
            "generation",
            name="uq_validity_notice_once",
        ),
    )

    id: int | None = identity_key()
    certificate_id: UUID = Field(foreign_key="certificate.id")
    kind: NoticeKind = Field(sa_column=Column(enum_text(NoticeKind), nullable=False))
    threshold_days: int
    generation: int = Field(default=0, description="counts changes of the certificate's end")
    noticed_on: date
    recorded_at: datetime = Field(sa_type=Instant)
