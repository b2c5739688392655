"""The tables behind the registry's API: the feed, its head, manifests, receipts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from services.certificates.registry.rules import FeedReason, RegistryAnswer, Subject
from services.certificates.registry.schemas import ManifestContent
from shared.columns import Instant, enum_text, identity_key, json_column


class FeedEntry(CertificatesTable, table=True):
    """One event in the life of a certificate or statement, as the registry gets it.

    It is written in the transaction of the event, without a position; the sequencer gives the next
    one after that commit. `content` is the whole record after the event, as the very bytes that
    are sent. Where the personal data were erased it is absent, from the moment when the entry
    that says so has its position; `content_digest` stands for it, and `digest` for all the rest.
    `version` is that of the record: the registry's receipt belongs to both.
    """

    __tablename__ = "feed_entry"
    __table_args__ = (
        Index("ix_feed_entry_unsequenced", "id", postgresql_where=text("position IS NULL")),
        Index("ix_feed_entry_subject", "subject_id", "position"),
        Index(
            "ix_feed_entry_unacknowledged", "position", postgresql_where=text("NOT acknowledged")
        ),
    )

    id: int | None = identity_key()
    position: int | None = Field(sa_column=Column(BigInteger, unique=True), default=None)
    subject: Subject = Field(sa_column=Column(enum_text(Subject), nullable=False))
    subject_id: UUID
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    event: FeedReason = Field(sa_column=Column(enum_text(FeedReason), nullable=False))
    qualification_id: UUID
    content: str | None
    content_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    chain: bytes | None = Field(sa_column=Column(LargeBinary), default=None)
    recorded_at: datetime = Field(sa_type=Instant)
    sequenced_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged: bool = Field(default=False, description="the registry entered it")


class FeedBacklog(CertificatesTable, table=True):
    """A certificate that was loaded past the service, so the feed does not tell of it yet.

    A trigger adds it when it is inserted with `in_feed` false; the first load takes it off.
    """

    __tablename__ = "feed_backlog"

    id: int | None = identity_key()
    certificate_id: UUID = Field(unique=True)


class FeedHead(CertificatesTable, table=True):
    """The end of the feed, one row: whoever locks it may sequence entries or seal a day."""

    __tablename__ = "feed_head"
    __table_args__ = (CheckConstraint("singleton", name="singleton"),)

    singleton: bool = Field(default=True, primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    chain: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sequenced_at: datetime | None = Field(default=None, sa_type=Instant)
    sealed_through: date | None = None
    sealed_position: int = Field(sa_column=Column(BigInteger, nullable=False), default=0)


class Manifest(CertificatesTable, table=True):
    """What one civil day added to the feed: the content, and the same as a JWS."""

    __tablename__ = "manifest"

    day: date = Field(primary_key=True)
    content: ManifestContent = json_column(ManifestContent)
    jws: str
    made_at: datetime = Field(sa_type=Instant)


class Receipt(CertificatesTable, table=True):
    """The registry's answer about one entry of the feed: entered, or refused."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_position", "position", "id"),)

    id: int | None = identity_key()
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    outcome: RegistryAnswer = Field(sa_column=Column(enum_text(RegistryAnswer), nullable=False))
    record_number: str | None = None
    entered_on: date | None = None
    reason: str | None = None
    received_at: datetime = Field(sa_type=Instant)
    actor: str
