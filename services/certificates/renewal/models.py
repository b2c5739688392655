"""Capacities, slots and windows of renewal, what is to be settled, and what councils moved."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant, identity_key


class RenewalCapacity(CertificatesTable, table=True):
    """How many examinations of a qualification can be taken on a working day.

    `declared_places` is what its council says; without it `measured_places` count, by what was
    issued until `measured_on`. `revision` counts the council's statements.
    """

    __tablename__ = "renewal_capacity"

    qualification_id: UUID = Field(primary_key=True)
    declared_places: int | None = None
    measured_places: int | None = None
    measured_on: date | None = None
    revision: int = 0


class RenewalSlot(CertificatesTable, table=True):
    """A working day with windows that end on it: how many, and how many were to be at most.

    `capacity` is that of the qualification when the slot was last filled, or when its council
    changed it. Only what holds the lock of the job writes slots.
    """

    __tablename__ = "renewal_slot"
    __table_args__ = (
        Index("ix_renewal_slot_day", "day"),
        Index("ix_renewal_slot_overbooked", "day", postgresql_where=text("assigned > capacity")),
    )

    qualification_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    capacity: int
    assigned: int


class RenewalPullForward(CertificatesTable, table=True):
    """A council's act that moved windows: which, to which days, why, by whom; never overwritten.

    Of the qualification's certificates that end from `cohort_from` to `cohort_to`, inclusive.
    """

    __tablename__ = "renewal_pull_forward"
    __table_args__ = (
        Index("ix_renewal_pull_forward_listing", "recorded_at", "id"),
        Index("ix_renewal_pull_forward_council", "council", "recorded_at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    qualification_id: UUID
    council: str
    cohort_from: date
    cohort_to: date
    starts_on: date
    ends_on: date
    reason: str
    explanation_url: str
    certificate_count: int
    actor: str
    recorded_at: datetime = Field(sa_type=Instant)


class RenewalWindow(CertificatesTable, table=True):
    """The days on which a certificate is best renewed: one window for each end that it has.

    `generation` is that of the certificate's end. `slot_on` is the slot whose place it takes, the
    last day of the window unless a council has moved it. It goes when the certificate goes.
    """

    __tablename__ = "renewal_window"

    certificate_id: UUID = Field(primary_key=True, foreign_key="certificate.id", ondelete="CASCADE")
    generation: int = Field(primary_key=True)
    qualification_id: UUID
    starts_on: date
    ends_on: date
    slot_on: date
    pull_forward_id: UUID | None = Field(default=None, foreign_key="renewal_pull_forward.id")


class RenewalTask(CertificatesTable, table=True):
    """A certificate whose window the job has yet to look at: it was issued late, or has changed.

    `freed_on` is the slot of a window that went with the change, of `qualification_id`.
    """

    __tablename__ = "renewal_task"

    id: int | None = identity_key()
    certificate_id: UUID
    qualification_id: UUID | None = None
    freed_on: date | None = None
