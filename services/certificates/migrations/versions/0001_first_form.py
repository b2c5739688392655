"""The first form: certificates, the registry's feed, documents, jobs of verification, events."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

from shared.db import new_metadata
from shared.job_states import schema as job_schema
from shared.messaging import schema

revision = "certificates_0001"
down_revision = None

tables = new_metadata()


def create_table(name: str, *parts: SchemaItem, **options: Any) -> None:
    """Creates a table whose constraints have the names that the models give them."""
    sa.Table(name, tables, *parts, **options).create(op.get_bind())


def serial_key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=nullable)


def identifier(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date, nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def position(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def octets(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def document(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB, nullable=nullable)


def choice(
    name: str, constraint: str, values: Sequence[str], *, nullable: bool = False
) -> sa.Column[str]:
    """A column of text that has one of these values."""
    kind = sa.Enum(*values, name=constraint, native_enum=False, create_constraint=True, length=60)
    return sa.Column(name, kind, nullable=nullable)


def certificate_reference() -> sa.Column[object]:
    return sa.Column("certificate_id", sa.Uuid, sa.ForeignKey("certificate.id"), nullable=False)


WATCHED_CHANGES = (
    *("renewal_due", "expired", "renewed", "restored", "extended", "corrected"),
    *("annulled", "suspended", "reinstated", "withdrawn"),
)


def upgrade() -> None:
    schema.create_v1()
    job_schema.create_v1()
    create_certificates()
    create_renewal()
    create_validity()
    create_rosters()
    create_roster_events()
    create_documents()
    create_feed()
    create_registry_answers()
    create_jobs()
    create_enrolment_jobs()
    create_webhooks()


def create_certificates() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("certificate_serial")))
    create_table(
        "certificate",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("number"),
        identifier("application_id"),
        sa.Column("decision_ordinal", sa.Integer, nullable=False, server_default="1"),
        document("holder"),
        identifier("qualification_id"),
        integer("qualification_version"),
        document("qualification"),
        document("centre"),
        day("decided_on"),
        text("decision_protocol"),
        text("recertifies", nullable=True),
        day("issued_on"),
        day("valid_until"),
        day("ends_on"),
        integer("generation"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        integer("revision"),
        instant("issued_at"),
        day("planned_from"),
        day("next_notice_on", nullable=True),
        sa.Column("in_feed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("application_id", "decision_ordinal", name="uq_certificate_decision"),
    )
    is_live = sa.text("next_notice_on IS NOT NULL")
    op.create_index(
        "ix_certificate_next_notice",
        "certificate",
        ["next_notice_on", "id"],
        postgresql_where=is_live,
    )
    op.create_index(
        "ix_certificate_live_qualification",
        "certificate",
        ["qualification_id", "ends_on", "id"],
        postgresql_where=is_live,
    )
    op.create_index(
        "ix_certificate_qualification_issued_on", "certificate", ["qualification_id", "issued_on"]
    )
    op.create_index("ix_certificate_listing", "certificate", ["issued_at", "id"])
    op.create_index(
        "ix_certificate_ends_on",
        "certificate",
        ["ends_on", "id"],
        postgresql_include=["next_notice_on"],
    )
    op.create_index("ix_certificate_recertifies", "certificate", ["recertifies"])
    create_table(
        "certificate_change",
        serial_key(),
        certificate_reference(),
        choice(
            "kind",
            "change_kind",
            (
                *("extended", "shortened", "superseded", "restored", "corrected"),
                *("annulled", "suspended", "reinstated", "withdrawn"),
            ),
        ),
        day("effective_on"),
        instant("recorded_at"),
        text("actor"),
        text("reason"),
        text("basis", nullable=True),
        day("decided_on", nullable=True),
        day("ends_on", nullable=True),
        text("successor", nullable=True),
        day("window_from", nullable=True),
        day("window_to", nullable=True),
    )
    op.create_index(
        "ix_certificate_change_certificate", "certificate_change", ["certificate_id", "id"]
    )
    create_corrections()
    create_table(
        "pending_change",
        serial_key(),
        certificate_reference(),
        choice("kind", "watched_change", WATCHED_CHANGES),
        day("effective_on"),
        text("successor", nullable=True),
        instant("recorded_at"),
    )
    create_table(
        "disclosure",
        serial_key(),
        instant("disclosed_at"),
        text("subject"),
        text("resource"),
        sa.Column("certificate_id", sa.Uuid, index=True),
    )


def create_renewal() -> None:
    """When certificates are best renewed: capacities, slots, windows, and what moves them."""
    create_table(
        "renewal_capacity",
        sa.Column("qualification_id", sa.Uuid, primary_key=True),
        sa.Column("declared_places", sa.Integer),
        sa.Column("measured_places", sa.Integer),
        day("measured_on", nullable=True),
        integer("revision"),
    )
    create_table(
        "renewal_slot",
        sa.Column("qualification_id", sa.Uuid, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        integer("capacity"),
        integer("assigned"),
    )
    op.create_index("ix_renewal_slot_day", "renewal_slot", ["day"])
    op.create_index(
        "ix_renewal_slot_overbooked",
        "renewal_slot",
        ["day"],
        postgresql_where=sa.text("assigned > capacity"),
    )
    create_table(
        "renewal_pull_forward",
        sa.Column("id", sa.Uuid, primary_key=True),
        identifier("qualification_id"),
        text("council"),
        day("cohort_from"),
        day("cohort_to"),
        day("starts_on"),
        day("ends_on"),
        text("reason"),
        text("explanation_url"),
        integer("certificate_count"),
        text("actor"),
        instant("recorded_at"),
    )
    op.create_index(
        "ix_renewal_pull_forward_listing", "renewal_pull_forward", ["recorded_at", "id"]
    )
    op.create_index(
        "ix_renewal_pull_forward_council", "renewal_pull_forward", ["council", "recorded_at", "id"]
    )
    create_table(
        "renewal_window",
        sa.Column(
            "certificate_id",
            sa.Uuid,
            sa.ForeignKey("certificate.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("generation", sa.Integer, primary_key=True),
        identifier("qualification_id"),
        day("starts_on"),
        day("ends_on"),
        day("slot_on"),
        sa.Column("pull_forward_id", sa.Uuid, sa.ForeignKey("renewal_pull_forward.id")),
    )
    create_table(
        "renewal_task",
        serial_key(),
        identifier("certificate_id"),
        identifier("qualification_id", nullable=True),
        day("freed_on", nullable=True),
    )


def create_validity() -> None:
    """The plans of notices with their function and walks, expiries, and the ledger by year."""
    create_table(
        "notice_plan",
        sa.Column("qualification_id", sa.Uuid, primary_key=True),
        sa.Column("days", sa.ARRAY(sa.Integer), nullable=False),
        sa.Column("since", sa.ARRAY(sa.Date), nullable=False),
        flag("follows_default"),
        instant("confirmed_until", nullable=True),
    )
    create_table(
        "council_plan",
        sa.Column("qualification_id", sa.Uuid, primary_key=True),
        integer("revision"),
        sa.Column("thresholds_days", sa.ARRAY(sa.Integer)),
        integer("applied_revision"),
        sa.Index(
            "ix_council_plan_unapplied",
            "qualification_id",
            postgresql_where=sa.text("applied_revision < revision"),
        ),
    )
    create_table(
        "plan_walk",
        sa.Column("qualification_id", sa.Uuid, primary_key=True),
        sa.Column("days", sa.ARRAY(sa.Integer), nullable=False),
        day("after_end"),
        identifier("after_id"),
    )
    op.execute(CREATE_PLAN_FUNCTION)
    op.execute(
        """
        INSERT INTO notice_plan VALUES (
            '00000000-0000-0000-0000-000000000000',
            ARRAY[180, 90, 30, 7, 0], array_fill(DATE '0001-01-01', ARRAY[5]), true
        )
        """
    )
    create_table(
        "expiry_week",
        sa.Column("week", sa.Date, primary_key=True),
        sa.Column("live", sa.BigInteger, nullable=False),
    )
    create_table(
        "validity_notice",
        certificate_reference(),
        integer("generation"),
        integer("threshold_days"),
        day("due_on"),
        day("noticed_on"),
        instant("recorded_at"),
        choice("reason", "reason", ("overtaken",), nullable=True),
        identifier("event_id"),
        sa.PrimaryKeyConstraint("certificate_id", "generation", "threshold_days", "due_on"),
        sa.Index("ix_validity_notice_noticed_on", "noticed_on", "certificate_id"),
        sa.Index("ix_validity_notice_due_on", "due_on", "certificate_id"),
        sa.Index(
            "ix_validity_notice_suppressed",
            *("noticed_on", "certificate_id"),
            postgresql_where=sa.text("reason IS NOT NULL"),
        ),
        postgresql_partition_by="RANGE (due_on)",
    )
    op.execute("CREATE TABLE validity_notice_default PARTITION OF validity_notice DEFAULT")
    for year in range(2020, 2061):
        op.execute(
            f"CREATE TABLE validity_notice_{year} PARTITION OF validity_notice "
            f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
        )


CREATE_PLAN_FUNCTION = """
CREATE FUNCTION plan_of(qualification_id uuid, ends_on date, planned_from date)
RETURNS TABLE (days integer, due_on date)
LANGUAGE sql STABLE AS $$
    SELECT planned.days, planned.due_on
    FROM (
        SELECT threshold.days, threshold.since,
               CASE threshold.days WHEN 0 THEN $2 + 1 ELSE $2 - threshold.days END AS due_on
        FROM notice_plan AS plan,
             unnest(plan.days, plan.since) AS threshold (days, since)
        WHERE plan.qualification_id = coalesce(
            (SELECT own.qualification_id FROM notice_plan AS own WHERE own.qualification_id = $1),
            '00000000-0000-0000-0000-000000000000')
    ) AS planned
    WHERE planned.due_on > $3 AND planned.due_on >= planned.since
$$
"""


def subscription_reference() -> sa.Column[object]:
    return sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscription.id"), nullable=False)


def create_rosters() -> None:
    create_table(
        "subscription",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("employer"),
        text("name"),
        text("purpose"),
        text("basis"),
        day("until"),
        choice("state", "subscription_state", ("open", "ended")),
        integer("revision"),
        position("last_sequence"),
        integer("enrolled"),
        position("sealed_sequence"),
        day("unsealed_from", nullable=True),
        instant("created_at"),
        text("created_by"),
        instant("ended_at", nullable=True),
        instant("erased_at", nullable=True),
    )
    for name, columns, condition in (
        ("ix_subscription_listing", ["employer", "created_at", "id"], None),
        ("ix_subscription_until", ["until"], "state = 'open'"),
        ("ix_subscription_unsealed", ["unsealed_from", "id"], "unsealed_from IS NOT NULL"),
        ("ix_subscription_ending", ["ended_at"], "state = 'ended' AND enrolled > 0"),
        ("ix_subscription_unerased", ["ended_at"], "state = 'ended' AND erased_at IS NULL"),
    ):
        where = sa.text(condition) if condition else None
        op.create_index(name, "subscription", columns, postgresql_where=where)
    create_table(
        "enrolment",
        serial_key(),
        subscription_reference(),
        certificate_reference(),
        day("until", nullable=True),
        instant("enrolled_at"),
        instant("ended_at", nullable=True),
        choice(
            "end_reason",
            "enrolment_end",
            ("unenrolled", "renewed", "term_over", "subscription_ended"),
            nullable=True,
        ),
    )
    is_active = "ended_at IS NULL"
    op.create_index(
        "uq_enrolment_active",
        "enrolment",
        ["certificate_id", "subscription_id"],
        unique=True,
        postgresql_where=sa.text(is_active),
    )
    for name, columns, condition in (
        ("ix_enrolment_roster", ["subscription_id", "id"], is_active),
        ("ix_enrolment_until", ["until"], f"{is_active} AND until IS NOT NULL"),
        ("ix_enrolment_ended", ["ended_at"], "ended_at IS NOT NULL"),
    ):
        op.create_index(name, "enrolment", columns, postgresql_where=sa.text(condition))


def create_roster_events() -> None:
    """Events of rosters, partitioned by month, with their head and digests."""
    create_table(
        "roster_head",
        sa.Column("singleton", sa.Boolean, primary_key=True),
        day("sealed_through", nullable=True),
        day("sequenced_on", nullable=True),
        sa.CheckConstraint("singleton", name="singleton"),
    )
    op.execute("INSERT INTO roster_head VALUES (true, NULL, NULL)")
    create_table(
        "roster_event",
        subscription_reference(),
        position("sequence"),
        day("sequenced_on"),
        identifier("certificate_id", nullable=True),
        choice("kind", "roster_event_kind", (*WATCHED_CHANGES, "day_sealed")),
        text("content", nullable=True),
        octets("digest"),
        sa.PrimaryKeyConstraint("subscription_id", "sequence", "sequenced_on"),
        postgresql_partition_by="RANGE (sequenced_on)",
    )
    # The scheduler makes the coming months' partitions; until then this one receives all.
    op.execute("CREATE TABLE roster_event_default PARTITION OF roster_event DEFAULT")
    create_table(
        "roster_digest",
        subscription_reference(),
        day("day"),
        position("first"),
        position("last"),
        text("jws"),
        sa.PrimaryKeyConstraint("subscription_id", "day"),
    )
    op.create_index("ix_roster_digest_day", "roster_digest", ["day"])


def create_documents() -> None:
    create_table(
        "duplicate",
        serial_key(),
        certificate_reference(),
        integer("ordinal"),
        choice("ground", "ground", ("loss", "damage", "error", "name_change")),
        text("basis"),
        day("applied_on"),
        day("issued_on"),
        document("holder"),
        document("centre"),
        instant("issued_at"),
        text("actor"),
        sa.UniqueConstraint("certificate_id", "ordinal", name="uq_duplicate_ordinal"),
    )
    create_table(
        "statement",
        sa.Column("application_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        integer("decision_ordinal"),
        text("number"),
        document("holder", nullable=True),
        document("qualification"),
        document("centre"),
        day("decided_on"),
        text("decision_protocol"),
        day("examined_from"),
        day("examined_to"),
        text("recommendation", nullable=True),
        day("issued_on"),
        instant("issued_at"),
        day("kept_until"),
        day("revoked_on", nullable=True),
        text("revocation_basis", nullable=True),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "ix_statement_kept_until",
        "statement",
        ["kept_until"],
        postgresql_where=sa.text("holder IS NOT NULL"),
    )
    create_table(
        "signature_block",
        sa.Column("number", sa.String, primary_key=True),
        text("name"),
        text("address"),
        text("head"),
        flag("deputy"),
        integer("revision"),
        instant("updated_at"),
        text("updated_by"),
    )


def create_corrections() -> None:
    create_table(
        "correction",
        serial_key(),
        certificate_reference(),
        choice("state", "correction_state", ("proposed", "confirmed", "declined")),
        document("facts_before"),
        document("facts_after"),
        text("reason"),
        text("basis"),
        instant("proposed_at"),
        text("proposed_by"),
        instant("closed_at", nullable=True),
        text("closed_by", nullable=True),
    )
    op.create_index("ix_correction_certificate", "correction", ["certificate_id", "id"])
    op.create_index(
        "uq_correction_open",
        "correction",
        ["certificate_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def create_feed() -> None:
    create_table(
        "feed_entry",
        serial_key(),
        position("position", nullable=True),
        choice("subject", "subject", ("certificate", "statement")),
        identifier("subject_id"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        choice(
            "event",
            "feed_reason",
            (
                *("issued", "extended", "shortened", "superseded", "restored"),
                *("corrected", "annulled", "suspended", "reinstated"),
                *("withdrawn", "duplicate_issued", "revoked", "erased"),
            ),
        ),
        identifier("qualification_id"),
        text("content", nullable=True),
        octets("content_digest"),
        octets("digest"),
        octets("chain", nullable=True),
        instant("recorded_at"),
        instant("sequenced_at", nullable=True),
        flag("acknowledged"),
        sa.UniqueConstraint("position"),
    )
    for name, columns, condition in (
        ("ix_feed_entry_unsequenced", ["id"], sa.text("position IS NULL")),
        ("ix_feed_entry_subject", ["subject_id", "position"], None),
        ("ix_feed_entry_unacknowledged", ["position"], sa.text("NOT acknowledged")),
    ):
        op.create_index(name, "feed_entry", columns, postgresql_where=condition)
    create_table(
        "feed_backlog",
        serial_key(),
        identifier("certificate_id"),
        sa.UniqueConstraint("certificate_id"),
    )
    for statement in CREATE_BACKLOG_TRIGGER:
        op.execute(statement)
    create_table(
        "feed_head",
        sa.Column("singleton", sa.Boolean, primary_key=True),
        position("position"),
        octets("chain"),
        instant("sequenced_at", nullable=True),
        day("sealed_through", nullable=True),
        position("sealed_position"),
        sa.CheckConstraint("singleton", name="singleton"),
    )
    op.execute(
        "INSERT INTO feed_head VALUES (true, 0, decode(repeat('00', 32), 'hex'), NULL, NULL, 0)"
    )
    create_table(
        "manifest",
        sa.Column("day", sa.Date, primary_key=True),
        document("content"),
        text("jws"),
        instant("made_at"),
    )


CREATE_BACKLOG_TRIGGER = (
    """
    CREATE FUNCTION add_to_feed_backlog() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO feed_backlog (certificate_id) VALUES (NEW.id);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER feed_backlog AFTER INSERT ON certificate
    FOR EACH ROW WHEN (NOT NEW.in_feed) EXECUTE FUNCTION add_to_feed_backlog()
    """,
)


def create_registry_answers() -> None:
    create_table(
        "number_request",
        serial_key(),
        identifier("application_id"),
        document("approval"),
        instant("requested_at"),
        text("number", nullable=True),
        instant("assigned_at", nullable=True),
        sa.UniqueConstraint("application_id"),
    )
    unassigned = sa.text("number IS NULL")
    op.create_index(
        "ix_number_request_waiting", "number_request", ["id"], postgresql_where=unassigned
    )
    create_table(
        "receipt",
        serial_key(),
        position("position"),
        choice("outcome", "registry_answer", ("entered", "refused")),
        text("record_number", nullable=True),
        day("entered_on", nullable=True),
        text("reason", nullable=True),
        instant("received_at"),
        text("actor"),
    )
    op.create_index("ix_receipt_position", "receipt", ["position", "id"])


def create_jobs() -> None:
    create_table(
        "verification_job",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("owner"),
        day("on", nullable=True),
        flag("with_evidence"),
        sa.Column("sealed_name_key", sa.LargeBinary),
        integer("wrong_names"),
        integer("total"),
        integer("done"),
        instant("created_at"),
        instant("finished_at", nullable=True),
        instant("cancelled_at", nullable=True),
    )
    unfinished = sa.text("done < total AND cancelled_at IS NULL")
    op.create_index(
        "ix_verification_job_open", "verification_job", ["created_at"], postgresql_where=unfinished
    )
    op.create_index("ix_verification_job_created", "verification_job", ["created_at"])
    op.create_index("ix_verification_job_owner", "verification_job", ["owner", "created_at", "id"])
    create_table(
        "verification_row",
        sa.Column(
            "job_id",
            sa.Uuid,
            sa.ForeignKey("verification_job.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        text("question"),
        text("answer", nullable=True),
    )


def create_enrolment_jobs() -> None:
    create_table(
        "enrolment_job",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("owner"),
        subscription_reference(),
        choice("action", "enrolment_action", ("enrol", "unenrol")),
        integer("total"),
        integer("done"),
        integer("refusals"),
        instant("created_at"),
        instant("finished_at", nullable=True),
        instant("cancelled_at", nullable=True),
    )
    unfinished = sa.text("done < total AND cancelled_at IS NULL")
    op.create_index(
        "ix_enrolment_job_open", "enrolment_job", ["created_at"], postgresql_where=unfinished
    )
    op.create_index("ix_enrolment_job_created", "enrolment_job", ["created_at"])
    op.create_index(
        "ix_enrolment_job_subscription", "enrolment_job", ["subscription_id", "created_at", "id"]
    )
    create_table(
        "enrolment_row",
        sa.Column(
            "job_id",
            sa.Uuid,
            sa.ForeignKey("enrolment_job.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        text("question"),
        text("answer", nullable=True),
    )


ATTEMPT_OUTCOMES = ("delivered", "deferred", "refused", "broken", "unmade")
ENDPOINT_NOTICES = ("failing", "paused", "disabled")


def endpoint_reference(*, is_key: bool = False) -> sa.Column[object]:
    key = sa.ForeignKey("webhook_endpoint.id", ondelete="CASCADE")
    return sa.Column("endpoint_id", sa.Uuid, key, primary_key=is_key, nullable=False)


def create_webhooks() -> None:
    """Endpoints with their secrets, checks and attempts; the trigger that moves them on."""
    create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid, primary_key=True),
        subscription_reference(),
        text("url"),
        text("host"),
        text("contact"),
        integer("batch_max"),
        choice(
            "state", "endpoint_state", ("unverified", "active", "failing", "paused", "disabled")
        ),
        integer("revision"),
        instant("created_at"),
        position("delivered_through"),
        position("last_sequence"),
        position("in_flight_last", nullable=True),
        identifier("claim_token", nullable=True),
        instant("next_attempt_at"),
        instant("delivered_at", nullable=True),
        integer("failures"),
        instant("failing_since", nullable=True),
        flag("is_hindered"),
        choice("notice", "endpoint_notice", ENDPOINT_NOTICES, nullable=True),
        instant("notice_at", nullable=True),
        integer("notice_attempts"),
        choice("told_of", "told_of", ENDPOINT_NOTICES, nullable=True),
    )
    is_behind = "delivered_through < last_sequence AND state IN ('active', 'failing')"
    for name, columns, condition in (
        ("ix_webhook_endpoint_subscription", ["subscription_id", "created_at"], None),
        ("ix_webhook_endpoint_behind", ["is_hindered", "next_attempt_at", "id"], is_behind),
        ("ix_webhook_endpoint_claimed", ["next_attempt_at", "host"], "claim_token IS NOT NULL"),
        ("ix_webhook_endpoint_notice", ["notice_at"], "notice IS NOT NULL"),
        ("ix_webhook_endpoint_state", ["state"], None),
    ):
        where = sa.text(condition) if condition else None
        op.create_index(name, "webhook_endpoint", columns, postgresql_where=where)
    op.execute(CREATE_FOLLOWING_FUNCTION)
    op.execute(
        "CREATE TRIGGER follow_roster AFTER UPDATE ON subscription "
        "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION follow_roster()"
    )
    create_table(
        "webhook_secret",
        endpoint_reference(is_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        octets("sealed_secret"),
        text("sealing_key"),
        instant("created_at"),
        instant("ends_at", nullable=True),
        sa.Index("ix_webhook_secret_sealing_key", "sealing_key"),
    )
    create_table(
        "endpoint_check",
        sa.Column("id", sa.Uuid, primary_key=True),
        endpoint_reference(),
        choice("kind", "check_kind", ("handshake", "test")),
        instant("requested_at"),
        instant("next_attempt_at"),
        choice("outcome", "check_outcome", ATTEMPT_OUTCOMES, nullable=True),
        sa.Column("status", sa.Integer),
        text("failure", nullable=True),
    )
    unfinished = sa.text("outcome IS NULL")
    for name, columns, where in (
        ("ix_endpoint_check_endpoint", ["endpoint_id", "requested_at"], None),
        ("ix_endpoint_check_open", ["next_attempt_at", "id"], unfinished),
        ("ix_endpoint_check_requested", ["requested_at"], None),
    ):
        op.create_index(name, "endpoint_check", columns, postgresql_where=where)
    create_table(
        "delivery_attempt",
        identifier("id"),
        instant("started_at"),
        identifier("target_id"),
        choice("kind", "attempt_kind", ("events", "handshake", "test")),
        position("first", nullable=True),
        position("last", nullable=True),
        text("trace_id"),
        choice("outcome", "attempt_outcome", ATTEMPT_OUTCOMES, nullable=True),
        sa.Column("status", sa.Integer),
        text("failure", nullable=True),
        sa.Column("milliseconds", sa.Integer),
        sa.PrimaryKeyConstraint("id", "started_at"),
        sa.Index("ix_delivery_attempt_target", "target_id", "started_at", "id"),
        postgresql_partition_by="RANGE (started_at)",
    )
    # The scheduler makes the coming days' partitions; until then this one receives all.
    op.execute("CREATE TABLE delivery_attempt_default PARTITION OF delivery_attempt DEFAULT")


CREATE_FOLLOWING_FUNCTION = """
CREATE FUNCTION follow_roster() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE webhook_endpoint AS e SET last_sequence = changed.last_sequence
    FROM changed
    WHERE e.subscription_id = changed.id AND e.last_sequence < changed.last_sequence;
    RETURN NULL;
END
$$
"""
