"""Letters, and the route by which they go."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from services.applications.letters.rules import (
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
    Recipient,
)
from shared.columns import Instant, enum_text

IS_OPEN = "state IN ('planned', 'sending', 'failed')"

HAS_REASON = "reason IS NOT NULL"


class Letter(ApplicationsTable, table=True):
    """A letter about a certificate, planned once for each fact, recipient and channel.

    It holds no name and no address: both are read from the file when it is sent, and `address_hash`
    says afterwards whether it went to a certain address. `notice_id` stands for the fact of the
    event. `day` is what the letter speaks of: the last day of validity, or that of the measure.
    `attempts` are all tries, `failures` those that the recipient's side answered. `next_attempt_at`
    is the next try; of one that is being sent, the end of the claim. `reason` says why it is not
    sent: while it is being sent, why it is not tried again. `trace_id` is that of the event of
    which it came.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("notice_id", "recipient", "channel", name="uq_letter_once"),
        Index("ix_letter_application", "application_id"),
        Index("ix_letter_certificate", "certificate_id", "planned_at"),
        Index("ix_letter_listing", "planned_at", "id"),
        Index("ix_letter_number", "number", "planned_at", "id"),
        Index("ix_letter_state", "state", "planned_at", "id"),
        Index("ix_letter_reason", "reason", "planned_at", "id", postgresql_where=HAS_REASON),
        Index("ix_letter_open", "channel", "next_attempt_at", "id", postgresql_where=IS_OPEN),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    notice_id: UUID
    application_id: UUID = application_id_column()
    certificate_id: UUID
    number: str
    kind: LetterKind = Field(sa_column=Column(enum_text(LetterKind), nullable=False))
    day: date
    recipient: Recipient = Field(sa_column=Column(enum_text(Recipient), nullable=False))
    channel: LetterChannel = Field(sa_column=Column(enum_text(LetterChannel), nullable=False))
    language: str
    state: LetterState = Field(sa_column=Column(enum_text(LetterState), nullable=False))
    reason: LetterReason | None = Field(default=None, sa_column=Column(enum_text(LetterReason)))
    planned_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    next_attempt_at: datetime = Field(sa_type=Instant)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    claim_token: UUID | None = None
    attempts: int = 0
    failures: int = 0
    failure: str | None = None
    trace_id: str | None = None
    address_hash: str | None = None


class MailRoute(ApplicationsTable, table=True):
    """How a channel's route stands, for all senders: see `Circuit`."""

    __tablename__ = "mail_route"

    channel: LetterChannel = Field(
        sa_column=Column(enum_text(LetterChannel, "mail_route_channel"), primary_key=True)
    )
    failures: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
