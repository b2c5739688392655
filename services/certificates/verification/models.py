"""The tables of verification jobs: more certificates than one request can hold."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant


class VerificationJob(CertificatesTable, table=True):
    """Many questions of one employer's portal, answered in the background.

    `done` is the number of the last answered row, `total` of the last row. `sealed_name_key` is the
    key of the digests that stand for names in its rows; it goes with the last answer, and then
    nobody can tell a name by them. `wrong_names` counts those that were not
    the holder's for certain.
    """

    __tablename__ = "verification_job"
    __table_args__ = (
        Index(
            "ix_verification_job_open",
            "created_at",
            postgresql_where=text("done < total AND cancelled_at IS NULL"),
        ),
        Index("ix_verification_job_created", "created_at"),
        Index("ix_verification_job_owner", "owner", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    owner: str
    on: date | None = None
    with_evidence: bool
    sealed_name_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    wrong_names: int = 0
    total: int = 0
    done: int = 0
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)


class VerificationRow(CertificatesTable, table=True):
    """One row of a job: what is kept of its line, then its answer, both as JSON."""

    __tablename__ = "verification_row"

    job_id: UUID = Field(foreign_key="verification_job.id", primary_key=True, ondelete="CASCADE")
    row: int = Field(primary_key=True)
    question: str
    answer: str | None = None
