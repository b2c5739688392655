"""The tables of webhooks: endpoints, their secrets, what portals ask to be checked, attempts."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
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
from services.certificates.webhooks.rules import (
    AttemptKind,
    CheckKind,
    EndpointNotice,
    EndpointState,
)
from shared.columns import Instant, enum_text
from shared.delivery.attempts import AttemptOutcome

IS_BEHIND = "delivered_through < last_sequence AND state IN ('active', 'failing')"


class WebhookEndpoint(CertificatesTable, table=True):
    """An address of a portal to which a subscription's events go, in order: a cursor, no rows.

    `delivered_through` is the last event that was taken; it falls by a replay only.
    `last_sequence` is the subscription's: a trigger moves it in the transaction that numbers an
    event, so that endpoints that are behind are found by an index, whatever else exists.
    `in_flight_last` is the last event of the message that is being sent; one whose sender died is
    sent again with the same events. `next_attempt_at` is the next try; of one that is claimed, the
    end of the claim. `failures` are those since the last success, the first of them at
    `failing_since`. `is_hindered`: it fails or is slow, and shares the places of those. `notice` is
    what the contact is to be told by mail, from `notice_at` on; `told_of` the last thing they were.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        Index("ix_webhook_endpoint_subscription", "subscription_id", "created_at"),
        Index(
            "ix_webhook_endpoint_behind",
            *("is_hindered", "next_attempt_at", "id"),
            postgresql_where=text(IS_BEHIND),
        ),
        Index(
            "ix_webhook_endpoint_claimed",
            *("next_attempt_at", "host"),
            postgresql_where=text("claim_token IS NOT NULL"),
        ),
        Index(
            "ix_webhook_endpoint_notice",
            "notice_at",
            postgresql_where=text("notice IS NOT NULL"),
        ),
        Index("ix_webhook_endpoint_state", "state"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    subscription_id: UUID = Field(foreign_key="subscription.id")
    url: str
    host: str
    contact: str
    batch_max: int
    state: EndpointState = Field(
        default=EndpointState.UNVERIFIED,
        sa_column=Column(enum_text(EndpointState), nullable=False),
    )
    revision: int = 0
    created_at: datetime = Field(sa_type=Instant)
    delivered_through: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    in_flight_last: int | None = Field(default=None, sa_column=Column(BigInteger))
    claim_token: UUID | None = None
    next_attempt_at: datetime = Field(sa_type=Instant)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    is_hindered: bool = False
    notice: EndpointNotice | None = Field(
        default=None, sa_column=Column(enum_text(EndpointNotice), nullable=True)
    )
    notice_at: datetime | None = Field(default=None, sa_type=Instant)
    notice_attempts: int = 0
    told_of: EndpointNotice | None = Field(
        default=None, sa_column=Column(enum_text(EndpointNotice, "told_of"), nullable=True)
    )


def _endpoint_reference(*, is_key: bool = False) -> Column[UUID]:
    key = ForeignKey("webhook_endpoint.id", ondelete="CASCADE")
    return Column(Uuid, key, primary_key=is_key, nullable=False)


class WebhookSecret(CertificatesTable, table=True):
    """A secret by which messages to an endpoint are signed, sealed; `ends_at` None: the newest."""

    __tablename__ = "webhook_secret"
    __table_args__ = (Index("ix_webhook_secret_sealing_key", "sealing_key"),)

    endpoint_id: UUID = Field(sa_column=_endpoint_reference(is_key=True))
    ordinal: int = Field(primary_key=True)
    sealed_secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealing_key: str
    created_at: datetime = Field(sa_type=Instant)
    ends_at: datetime | None = Field(default=None, sa_type=Instant)


class EndpointCheck(CertificatesTable, table=True):
    """A handshake or a test event that a portal has asked for; the sender makes it.

    `outcome` is None until it has ended; `failure` names why it failed. `activates`: a handshake
    that passes lets events go.
    """

    __tablename__ = "endpoint_check"
    __table_args__ = (
        Index("ix_endpoint_check_endpoint", "endpoint_id", "requested_at"),
        Index(
            "ix_endpoint_check_open",
            *("next_attempt_at", "id"),
            postgresql_where=text("outcome IS NULL"),
        ),
        Index("ix_endpoint_check_requested", "requested_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    endpoint_id: UUID = Field(sa_column=_endpoint_reference())
    kind: CheckKind = Field(sa_column=Column(enum_text(CheckKind), nullable=False))
    requested_at: datetime = Field(sa_type=Instant)
    next_attempt_at: datetime = Field(sa_type=Instant)
    outcome: AttemptOutcome | None = Field(
        default=None, sa_column=Column(enum_text(AttemptOutcome, "check_outcome"), nullable=True)
    )
    status: int | None = None
    failure: str | None = None


class DeliveryAttempt(CertificatesTable, table=True):
    """One request to an endpoint, stored before it is sent; `outcome` is None until it has ended.

    A sender that dies leaves None for ever. `target_id` is the endpoint's id. Partitioned by the
    day of `started_at`; old days are dropped.
    """

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        PrimaryKeyConstraint("id", "started_at"),
        Index("ix_delivery_attempt_target", "target_id", "started_at", "id"),
        {"postgresql_partition_by": "RANGE (started_at)"},
    )

    id: UUID = Field(default_factory=uuid4)
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    target_id: UUID
    kind: AttemptKind = Field(sa_column=Column(enum_text(AttemptKind), nullable=False))
    first: int | None = Field(default=None, sa_column=Column(BigInteger))
    last: int | None = Field(default=None, sa_column=Column(BigInteger))
    trace_id: str
    outcome: AttemptOutcome | None = Field(
        default=None, sa_column=Column(enum_text(AttemptOutcome), nullable=True)
    )
    status: int | None = None
    failure: str | None = None
    milliseconds: int | None = None
