"""The tables of the event path: the same five exist in every service's database."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.columns import Instant
from shared.db import new_metadata

metadata = new_metadata()

# Partitioned by day so that what is published and old goes by DROP, not by a delete that vacuum
# must clean up. `recorded_at` is the database's clock: partitions follow real time, and a process
# with a wrong or injected clock cannot write into a day that has none.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("recorded_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("event_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("published_at", Instant),
    Column("parked_at", Instant, comment="set apart: no broker takes it; its key waits"),
    Column("park_reason", Text, comment="of the failure, or of who gave it up"),
    PrimaryKeyConstraint("id", "recorded_at"),
    postgresql_partition_by="RANGE (recorded_at)",
)
_IS_UNPUBLISHED = outbox.c.published_at.is_(None)
_IS_PARKED = _IS_UNPUBLISHED & outbox.c.parked_at.is_not(None)
Index("ix_outbox_parked", outbox.c.id, postgresql_where=_IS_PARKED)
Index("ix_outbox_unpublished", outbox.c.id, postgresql_where=_IS_UNPUBLISHED)
Index(
    "ix_outbox_unpublished_key",
    outbox.c.topic,
    outbox.c.key,
    outbox.c.id,
    postgresql_where=_IS_UNPUBLISHED,
)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("received_at", Instant, nullable=False, server_default=func.clock_timestamp()),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, comment="as received, of any length"),
    Column("key_digest", LargeBinary, nullable=False, comment="SHA-256, by which keys are told"),
    Column("partition", Integer, nullable=False),
    Column("kafka_offset", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of all that was received"),
    Column("event_id", Text, nullable=False, comment="as it can be shown, or the fingerprint"),
    Column("type", Text, comment="as it can be shown"),
    Column("traceparent", Text, comment="as it can be shown"),
    Column("headers", JSONB, nullable=False, comment="pairs of name and value, in base64"),
    Column("payload", LargeBinary),
    Column("fault", Text, comment="why the Kafka client could not read it"),
    Column("status", Text, nullable=False, server_default="waiting"),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("stored_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    Column("settled_at", Instant),
    CheckConstraint("status IN ('waiting', 'parked', 'replayed', 'discarded')", name="status"),
)
Index(
    "ix_dead_letter_open",
    dead_letter.c.topic,
    dead_letter.c.key_digest,
    dead_letter.c.id,
    postgresql_where=dead_letter.c.settled_at.is_(None),
)
# One record is stored once, however often it is delivered; another cluster has others at its place.
Index(
    "uq_dead_letter_place",
    dead_letter.c.topic,
    dead_letter.c.partition,
    dead_letter.c.kafka_offset,
    dead_letter.c.fingerprint,
    unique=True,
)

consumer_lag = Table(
    "consumer_lag",
    metadata,
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("records", BigInteger, nullable=False, comment="that are yet to be handled"),
    Column("measured_at", Instant, nullable=False, server_default=func.clock_timestamp()),
    PrimaryKeyConstraint("topic", "partition"),
)

relay_state = Table(
    "relay_state",
    metadata,
    Column("singleton", Integer, primary_key=True, server_default="1"),
    Column("cluster_id", Text, nullable=False, comment="the Kafka cluster last published to"),
    CheckConstraint("singleton = 1", name="single_row"),
)
