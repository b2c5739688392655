"""The SQL of the event path's tables for migrations: the same in every service's database.

A released function here is history and never changes; a change of the tables is a new function,
called by a new migration of each service.
"""

from alembic import op

# The worker makes later days' partitions; these receive what is written before its first round.
_CREATE_FIRST_PARTITIONS = """
DO $$
DECLARE day date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    FOR ahead IN 0..2 LOOP
        EXECUTE format(
            'CREATE TABLE outbox_p%s PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
            to_char(day + ahead, 'YYYYMMDD'),
            (day + ahead)::timestamp AT TIME ZONE 'UTC',
            (day + ahead + 1)::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$
"""

_CREATE_TABLES_V1 = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    payload bytea NOT NULL,
    published_at timestamptz,
    parked_at timestamptz,
    park_reason text,
    CONSTRAINT pk_outbox PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
COMMENT ON COLUMN outbox.parked_at IS 'set apart: no broker takes it; its key waits';
COMMENT ON COLUMN outbox.park_reason IS 'of the failure, or of who gave it up';
CREATE INDEX ix_outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX ix_outbox_parked ON outbox (id) WHERE published_at IS NULL AND parked_at IS NOT NULL;
CREATE INDEX ix_outbox_unpublished_key ON outbox (topic, key, id) WHERE published_at IS NULL;
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

CREATE TABLE inbox (
    event_id uuid CONSTRAINT pk_inbox PRIMARY KEY,
    type text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_dead_letter PRIMARY KEY,
    topic text NOT NULL,
    key bytea,
    key_digest bytea NOT NULL,
    partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    fingerprint bytea NOT NULL,
    event_id text NOT NULL,
    type text,
    traceparent text,
    headers jsonb NOT NULL,
    payload bytea,
    fault text,
    status text NOT NULL DEFAULT 'waiting',
    reason text NOT NULL,
    detail text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    CONSTRAINT ck_dead_letter_status
        CHECK (status IN ('waiting', 'parked', 'replayed', 'discarded'))
);
COMMENT ON COLUMN dead_letter.key IS 'as received, of any length';
COMMENT ON COLUMN dead_letter.key_digest IS 'SHA-256, by which keys are told';
COMMENT ON COLUMN dead_letter.fingerprint IS 'SHA-256 of all that was received';
COMMENT ON COLUMN dead_letter.event_id IS 'as it can be shown, or the fingerprint';
COMMENT ON COLUMN dead_letter.type IS 'as it can be shown';
COMMENT ON COLUMN dead_letter.traceparent IS 'as it can be shown';
COMMENT ON COLUMN dead_letter.headers IS 'pairs of name and value, in base64';
COMMENT ON COLUMN dead_letter.fault IS 'why the Kafka client could not read it';
CREATE INDEX ix_dead_letter_open ON dead_letter (topic, key_digest, id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX uq_dead_letter_place
    ON dead_letter (topic, partition, kafka_offset, fingerprint);

CREATE TABLE consumer_lag (
    topic text NOT NULL,
    partition integer NOT NULL,
    records bigint NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_consumer_lag PRIMARY KEY (topic, partition)
);
COMMENT ON COLUMN consumer_lag.records IS 'that are yet to be handled';

CREATE TABLE lease (
    name text CONSTRAINT pk_lease PRIMARY KEY,
    holder uuid NOT NULL,
    fence bigint NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN lease.holder IS 'the process that leads, by a random id';
COMMENT ON COLUMN lease.fence IS 'grows with each change of the holder';

CREATE TABLE relay_state (
    singleton integer DEFAULT 1 CONSTRAINT pk_relay_state PRIMARY KEY,
    cluster_id text NOT NULL,
    CONSTRAINT ck_relay_state_single_row CHECK (singleton = 1)
);
COMMENT ON COLUMN relay_state.cluster_id IS 'the Kafka cluster last published to';

CREATE TABLE idempotency_key (
    operation text NOT NULL,
    key bytea NOT NULL,
    fingerprint bytea NOT NULL,
    result_id uuid,
    sealed_answer bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_idempotency_key PRIMARY KEY (operation, key)
);
COMMENT ON COLUMN idempotency_key.key IS 'a digest: the key opens sealed_answer';
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
"""


def create_v1() -> None:
    """Creates the tables: outbox, inbox, dead letters, lag, relay state, idempotency keys."""
    for statement in filter(str.strip, _CREATE_TABLES_V1.split(";\n")):
        op.execute(statement)
    op.execute(_CREATE_FIRST_PARTITIONS)
