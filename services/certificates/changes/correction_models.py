"""Corrections of what a certificate says."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from services.certificates.changes.correction_schemas import CorrectableFacts
from shared.columns import Instant, enum_text, identity_key, json_column


class CorrectionState(StrEnum):
    """How far a correction is."""

    PROPOSED = "proposed"  # a second person acts next
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class Correction(CertificatesTable, table=True):
    """A correction of facts that a certificate states wrongly: proposed by one, closed by another.

    It keeps the facts as they were and as they are to be; a certificate has one open at most.
    """

    __tablename__ = "correction"
    __table_args__ = (
        Index("ix_correction_certificate", "certificate_id", "id"),
        Index(
            "uq_correction_open",
            "certificate_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: int | None = identity_key()
    certificate_id: UUID = Field(foreign_key="certificate.id")
    state: CorrectionState = Field(
        sa_column=Column(enum_text(CorrectionState), nullable=False),
        default=CorrectionState.PROPOSED,
    )
    facts_before: CorrectableFacts = json_column(CorrectableFacts)
    facts_after: CorrectableFacts = json_column(CorrectableFacts)
    reason: str
    basis: str
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: str
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: str | None = None
