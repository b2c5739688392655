"""The tables of rosters: subscriptions, enrolments, events with their daily digests, jobs."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Uuid,
    text,
)
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from services.certificates.rosters.rules import (
    EnrolmentAction,
    EnrolmentEnd,
    RosterEventKind,
    SubscriptionState,
)
from shared.columns import Instant, enum_text, identity_key

_IS_ACTIVE = text("ended_at IS NULL")


class Subscription(CertificatesTable, table=True):
    """A portal's roster: whose it is, what for, by what right, and through which day.

    `last_sequence` is the number of its last event, `enrolled` how many certificates are watched.
    Its events through `sealed_sequence` stand in digests; `unsealed_from` is the first day without
    one, None once an ended subscription has them all. `erased_at` is when the content of its events
    was erased.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_listing", "employer", "created_at", "id"),
        Index("ix_subscription_until", "until", postgresql_where=text("state = 'open'")),
        Index(
            "ix_subscription_unsealed",
            *("unsealed_from", "id"),
            postgresql_where=text("unsealed_from IS NOT NULL"),
        ),
        Index(
            "ix_subscription_ending",
            "ended_at",
            postgresql_where=text("state = 'ended' AND enrolled > 0"),
        ),
        Index(
            "ix_subscription_unerased",
            "ended_at",
            postgresql_where=text("state = 'ended' AND erased_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    employer: str
    name: str
    purpose: str
    basis: str
    until: date
    state: SubscriptionState = Field(
        default=SubscriptionState.OPEN,
        sa_column=Column(enum_text(SubscriptionState), nullable=False),
    )
    revision: int = 0
    last_sequence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    enrolled: int = 0
    sealed_sequence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    unsealed_from: date | None = None
    created_at: datetime = Field(sa_type=Instant)
    created_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    erased_at: datetime | None = Field(default=None, sa_type=Instant)


class Enrolment(CertificatesTable, table=True):
    """A certificate that a subscription watches, or watched: the record of a disclosure.

    `until` is its last day, where that is before the subscription's. At most one of a subscription
    and a certificate has not ended; those that have are kept beside it.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        Index(
            "uq_enrolment_active",
            *("certificate_id", "subscription_id"),
            unique=True,
            postgresql_where=_IS_ACTIVE,
        ),
        Index("ix_enrolment_roster", "subscription_id", "id", postgresql_where=_IS_ACTIVE),
        Index(
            "ix_enrolment_until",
            "until",
            postgresql_where=text("ended_at IS NULL AND until IS NOT NULL"),
        ),
        Index("ix_enrolment_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    id: int | None = identity_key()
    subscription_id: UUID = Field(foreign_key="subscription.id")
    certificate_id: UUID = Field(foreign_key="certificate.id")
    until: date | None = None
    enrolled_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    end_reason: EnrolmentEnd | None = Field(
        default=None, sa_column=Column(enum_text(EnrolmentEnd), nullable=True)
    )


class RosterHead(CertificatesTable, table=True):
    """The end of all rosters, one row: whoever locks it may number events or seal a day.

    No event enters a day through `sealed_through`; `sequenced_on` is the last event's day.
    """

    __tablename__ = "roster_head"
    __table_args__ = (CheckConstraint("singleton", name="singleton"),)

    singleton: bool = Field(default=True, primary_key=True)
    sealed_through: date | None = None
    sequenced_on: date | None = None


class RosterEvent(CertificatesTable, table=True):
    """One numbered event of a subscription: a CloudEvent in the canonical form of RFC 8785.

    `digest` is SHA-256 of `content`, which is None once it has been erased. Partitioned by the
    month of `sequenced_on`. The subscription's row gives each number once.
    """

    __tablename__ = "roster_event"
    __table_args__ = (
        PrimaryKeyConstraint("subscription_id", "sequence", "sequenced_on"),
        {"postgresql_partition_by": "RANGE (sequenced_on)"},
    )

    subscription_id: UUID = Field(foreign_key="subscription.id")
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    sequenced_on: date
    certificate_id: UUID | None = None
    kind: RosterEventKind = Field(sa_column=Column(enum_text(RosterEventKind), nullable=False))
    content: str | None
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RosterDigest(CertificatesTable, table=True):
    """What one civil day added to a roster, signed; `last` is `first - 1` on an empty day."""

    __tablename__ = "roster_digest"
    __table_args__ = (Index("ix_roster_digest_day", "day"),)

    subscription_id: UUID = Field(foreign_key="subscription.id", primary_key=True)
    day: date = Field(primary_key=True)
    first: int = Field(sa_column=Column(BigInteger, nullable=False))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
    jws: str


class EnrolmentJob(CertificatesTable, table=True):
    """Many certificates to be enrolled or unenrolled, in the background.

    `done` is the number of the last row that was handled, `total` of the last row.
    """

    __tablename__ = "enrolment_job"
    __table_args__ = (
        Index(
            "ix_enrolment_job_open",
            "created_at",
            postgresql_where=text("done < total AND cancelled_at IS NULL"),
        ),
        Index("ix_enrolment_job_created", "created_at"),
        Index("ix_enrolment_job_subscription", "subscription_id", "created_at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    owner: str
    subscription_id: UUID = Field(foreign_key="subscription.id")
    action: EnrolmentAction = Field(sa_column=Column(enum_text(EnrolmentAction), nullable=False))
    total: int = 0
    done: int = 0
    refusals: int = 0
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)


class EnrolmentRow(CertificatesTable, table=True):
    """One row of such a job: its question, then what came of it, both as JSON."""

    __tablename__ = "enrolment_row"

    job_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("enrolment_job.id", ondelete="CASCADE"), primary_key=True)
    )
    row: int = Field(primary_key=True)
    question: str
    answer: str | None = None
