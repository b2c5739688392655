"""Where offices get their digests, and what councils are told of capacities."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable
from services.applications.digests.rules import OfficeKind
from shared.columns import Instant, enum_text


class RenewalCapacity(ApplicationsTable, table=True):
    """How many examinations of a qualification can be taken on a working day, as events tell.

    `known_at` is when it was stated or measured: an older event changes nothing.
    """

    __tablename__ = "renewal_capacity"
    __table_args__ = (Index("ix_renewal_capacity_council", "council"),)

    qualification_id: UUID = Field(primary_key=True)
    council: str
    places_per_day: int
    known_at: datetime = Field(sa_type=Instant)


class OfficeContact(ApplicationsTable, table=True):
    """The address of a centre or a council for digests; `number` is the council's name.

    `next_attempt_at` is when the next digest is due; while one is being sent, the end of the claim.
    `digest_on` is the day of the digest that is being sent or tried again: a process that dies
    leaves it, so that the same digest goes again under the same Message-ID.
    """

    __tablename__ = "office_contact"
    __table_args__ = (Index("ix_office_contact_due", "next_attempt_at"),)

    kind: OfficeKind = Field(sa_column=Column(enum_text(OfficeKind), primary_key=True))
    number: str = Field(primary_key=True)
    revision: int = 1
    email: str
    language: str
    set_at: datetime = Field(sa_type=Instant)
    set_by: str
    digest_on: date | None = None
    digest_sent_at: datetime | None = Field(default=None, sa_type=Instant)
    next_attempt_at: datetime = Field(sa_type=Instant)
    claim_token: UUID | None = None
    attempts: int = 0
    failure: str | None = None
