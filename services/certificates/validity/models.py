"""The plan of notices for each qualification, and the ledger of notices."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, Integer, PrimaryKeyConstraint
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from services.certificates.validity.rules import SuppressionReason
from shared.columns import Instant, enum_text

DEFAULT_PLAN = UUID(int=0)
"""The plan of all qualifications without one of their own; its days come from the settings."""


class NoticePlan(CertificatesTable, table=True):
    """On how many days before the end notices are due, for the certificates of a qualification.

    `days[i]` counts for ends of which the notice would be due on `since[i]` or later: a threshold
    that is added tells nothing about days past. 0 is the day after the end, and in every plan.
    """

    __tablename__ = "notice_plan"

    qualification_id: UUID = Field(primary_key=True)
    days: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    since: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))


class ExpiryWeek(CertificatesTable, table=True):
    """How many live certificates end in the week that begins on this Monday, as counted last."""

    __tablename__ = "expiry_week"

    week: date = Field(primary_key=True)
    live: int = Field(sa_column=Column(BigInteger, nullable=False))


class ValidityNotice(CertificatesTable, table=True):
    """The ledger of notices: each threshold once for each end of a certificate.

    `generation` counts the changes of the certificate's end. A notice with a `reason` was not
    published; the event of one without has the id `event_id`. Partitioned by the year of `due_on`.
    """

    __tablename__ = "validity_notice"
    __table_args__ = (
        PrimaryKeyConstraint("certificate_id", "generation", "threshold_days", "due_on"),
        Index("ix_validity_notice_noticed_on", "noticed_on", "certificate_id"),
        {"postgresql_partition_by": "RANGE (due_on)"},
    )

    certificate_id: UUID = Field(foreign_key="certificate.id")
    generation: int
    threshold_days: int
    due_on: date
    noticed_on: date
    recorded_at: datetime = Field(sa_type=Instant)
    reason: SuppressionReason | None = Field(
        default=None, sa_column=Column(enum_text(SuppressionReason, "reason"), nullable=True)
    )
    event_id: UUID = Field(default_factory=uuid4)
