"""The tables of verification jobs: more certificates than one request can hold."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant


class VerificationJob(CertificatesTable, table=True):
    """Many questions of one employer's portal, answered in the background.

    `done` is the number of the last answered row, `total` of the last row.
    """

    __tablename__ = "verification_job"
    __table_args__ = (
        Index("ix_verification_job_open", "created_at", postgresql_where=text("done < total")),
        Index("ix_verification_job_created", "created_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    owner: str
    on: date | None = None
    with_evidence: bool
    total: int = 0
    done: int = 0
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class VerificationRow(CertificatesTable, table=True):
    """One row of a job: its line as received, then its answer, both as JSON."""

    __tablename__ = "verification_row"

    job_id: UUID = Field(foreign_key="verification_job.id", primary_key=True, ondelete="CASCADE")
    row: int = Field(primary_key=True)
    question: str
    answer: str | None = None
