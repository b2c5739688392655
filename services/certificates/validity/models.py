"""The plan of notices for each qualification, the walks after its changes, the ledger."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    text,
)
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

    The default plan and those of qualifications that came back to it `follows_default`: they have
    the same days, each since a day of its own. Until `confirmed_until` the default is that of the
    settings of a scheduler that runs; it is null for every other plan.
    """

    __tablename__ = "notice_plan"

    qualification_id: UUID = Field(primary_key=True)
    days: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    since: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))
    follows_default: bool
    confirmed_until: datetime | None = Field(default=None, sa_type=Instant)

    def get_since_by_day(self) -> dict[int, date]:
        """The thresholds, each with the day from which it counts."""
        return dict(zip(self.days, self.since, strict=True))


class CouncilPlan(CertificatesTable, table=True):
    """What a council last said of a qualification's notices, as the catalog's event tells it.

    `revision` counts what it said; `applied_revision` is the one that the plan of notices follows.
    Without thresholds the default applies.
    """

    __tablename__ = "council_plan"
    __table_args__ = (
        Index(
            "ix_council_plan_unapplied",
            "qualification_id",
            postgresql_where=text("applied_revision < revision"),
        ),
    )

    qualification_id: UUID = Field(primary_key=True)
    revision: int
    thresholds_days: list[int] | None = Field(sa_column=Column(ARRAY(Integer)))
    applied_revision: int = 0


class PlanWalk(CertificatesTable, table=True):
    """A walk that has yet to end: certificates whose next notice moves to thresholds just added.

    Those of one qualification, or by `DEFAULT_PLAN` those of all without a plan of their own, by
    end and id; the walk goes on after these.
    """

    __tablename__ = "plan_walk"

    qualification_id: UUID = Field(primary_key=True)
    days: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    after_end: date
    after_id: UUID


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
        Index("ix_validity_notice_due_on", "due_on", "certificate_id"),
        Index(
            "ix_validity_notice_suppressed",
            *("noticed_on", "certificate_id"),
            postgresql_where=text("reason IS NOT NULL"),
        ),
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
