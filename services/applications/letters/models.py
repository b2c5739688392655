"""Letters, their tokens, addresses that get none, and the route by which they go."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from services.applications.letters.rules import (
    BarReason,
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
    Recipient,
    TokenPurpose,
)
from shared.columns import Instant, enum_text

IS_OPEN = "state IN ('planned', 'sending', 'failed', 'printed')"
IS_BY_HAND = "state IN ('planned', 'printed') AND channel <> 'email'"
IS_BOUNCED = "state = 'bounced'"
IS_WAITING = "state = 'planned' AND reason = 'renewal_in_hand'"
HAS_REASON = "reason IS NOT NULL"


class Letter(ApplicationsTable, table=True):
    """A letter about a certificate, planned once for each fact, recipient and channel.

    It holds no name and no address: both are read from the file when it is sent or printed, and
    `address_hash` says afterwards whether it went to a certain address. `notice_id` stands for the
    fact of the event. `day` is what the letter speaks of: the last day of validity, or that of the
    measure. `centre_number` is the centre that prints or calls, `handled_by` who of it did last.
    `window_starts_on` and `window_ends_on` are the days on which renewal is suggested, where the
    event names some, and `window_url` the page that says why.
    `attempts` are all tries, `failures` those that the recipient's side answered. `next_attempt_at`
    is the next try; of one that is being sent, the end of the claim; of one that waits, when it is
    decided anew. `reason` says why it is not sent: while it is being sent, why it is not tried
    again. `trace_id` is that of what planned it.
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
        Index(
            "ix_letter_by_hand",
            *("centre_number", "channel", "state", "due_at", "id"),
            postgresql_where=IS_BY_HAND,
        ),
        Index("ix_letter_bounced", "centre_number", "bounced_at", postgresql_where=IS_BOUNCED),
        Index("ix_letter_waiting", "next_attempt_at", "id", postgresql_where=IS_WAITING),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    notice_id: UUID
    application_id: UUID = application_id_column()
    certificate_id: UUID
    number: str
    kind: LetterKind = Field(sa_column=Column(enum_text(LetterKind), nullable=False))
    day: date
    window_starts_on: date | None = None
    window_ends_on: date | None = None
    window_url: str | None = None
    recipient: Recipient = Field(sa_column=Column(enum_text(Recipient), nullable=False))
    channel: LetterChannel = Field(sa_column=Column(enum_text(LetterChannel), nullable=False))
    language: str
    centre_number: str
    state: LetterState = Field(sa_column=Column(enum_text(LetterState), nullable=False))
    reason: LetterReason | None = Field(default=None, sa_column=Column(enum_text(LetterReason)))
    planned_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    next_attempt_at: datetime = Field(sa_type=Instant)
    printed_at: datetime | None = Field(default=None, sa_type=Instant)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    bounced_at: datetime | None = Field(default=None, sa_type=Instant)
    handled_by: str | None = None
    claim_token: UUID | None = None
    attempts: int = 0
    failures: int = 0
    failure: str | None = None
    trace_id: str | None = None
    address_hash: str | None = None


class LetterToken(ApplicationsTable, table=True):
    """The hash of a token that a letter carries: who has the token has had the letter.

    `failures` are wrong answers to what its page asks for. `draft_id` is the application that came
    of it. After `ends_on` it opens nothing, and is deleted.
    """

    __tablename__ = "letter_token"
    __table_args__ = (
        Index("ix_letter_token_letter", "letter_id"),
        Index("ix_letter_token_ends", "ends_on"),
    )

    token_hash: str = Field(primary_key=True)
    letter_id: UUID = Field(foreign_key="letter.id")
    purpose: TokenPurpose = Field(sa_column=Column(enum_text(TokenPurpose), nullable=False))
    ends_on: date
    failures: int = 0
    draft_id: UUID | None = Field(default=None, foreign_key="application.id")


class BarredAddress(ApplicationsTable, table=True):
    """An e-mail address of a file that gets no letters, or no reminders; known by its hash."""

    __tablename__ = "barred_address"
    __table_args__ = (Index("ix_barred_address_hash", "address_hash"),)

    application_id: UUID = application_id_column(primary_key=True)
    address_hash: str = Field(primary_key=True)
    reason: BarReason = Field(sa_column=Column(enum_text(BarReason), primary_key=True))
    barred_at: datetime = Field(sa_type=Instant)


class NoticePlan(ApplicationsTable, table=True):
    """On how many days before the end holders of a qualification are told, by its council's word.

    `revision` counts what the council said. Without thresholds those of the settings apply.
    """

    __tablename__ = "notice_plan"

    qualification_id: UUID = Field(primary_key=True)
    revision: int
    thresholds_days: list[int] | None = Field(sa_column=Column(ARRAY(Integer)))


class MailRoute(ApplicationsTable, table=True):
    """How a channel's route stands, for all senders: see `Circuit`."""

    __tablename__ = "mail_route"

    channel: LetterChannel = Field(
        sa_column=Column(enum_text(LetterChannel, "mail_route_channel"), primary_key=True)
    )
    failures: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
