"""Duplicates, statements, the registry's feed and numbers, jobs of verification, the audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def serial() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date, nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=nullable)


def document(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB, nullable=nullable)


def upgrade() -> None:
    printed()
    registry()
    jobs()


def printed() -> None:
    counted = sa.Column("revision", sa.Integer, nullable=False, server_default="0")
    op.add_column("certificate", counted)
    op.alter_column("certificate", "revision", server_default=None)
    op.execute(
        "UPDATE certificate c SET revision = "
        "(SELECT count(*) FROM certificate_change h WHERE h.certificate_id = c.id)"
    )
    op.create_table(
        "duplicate",
        serial(),
        sa.Column("certificate_id", sa.Uuid, sa.ForeignKey("certificate.id"), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        text("basis"),
        day("applied_on"),
        day("issued_on"),
        document("holder"),
        document("centre"),
        instant("issued_at"),
        text("actor"),
        sa.UniqueConstraint("certificate_id", "ordinal", name="uq_duplicate_ordinal"),
    )
    op.create_table(
        "statement",
        sa.Column("application_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String, nullable=False),
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
        sa.UniqueConstraint("number", name="uq_statement_number"),
    )
    op.create_index("ix_statement_kept_until", "statement", ["kept_until"])
    op.create_table(
        "centre",
        sa.Column("number", sa.String, primary_key=True),
        text("name"),
        text("address"),
        text("head"),
        sa.Column("deputy", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        instant("updated_at"),
        text("updated_by"),
    )
    op.create_table(
        "personal_reading",
        serial(),
        instant("at"),
        text("subject"),
        text("what"),
        sa.Column("certificate_id", sa.Uuid, index=True),
    )


def registry() -> None:
    op.create_table(
        "number_request",
        serial(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        document("approval"),
        instant("requested_at"),
        text("number", nullable=True),
        instant("assigned_at", nullable=True),
        sa.UniqueConstraint("application_id", name="uq_number_request_application_id"),
    )
    waiting = sa.text("number IS NULL")
    op.create_index("ix_number_request_waiting", "number_request", ["id"], postgresql_where=waiting)
    op.create_table(
        "feed_entry",
        serial(),
        sa.Column("position", sa.BigInteger),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        text("content", nullable=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("chain", sa.LargeBinary),
        instant("recorded_at"),
        instant("sequenced_at", nullable=True),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.UniqueConstraint("position", name="uq_feed_entry_position"),
    )
    for name, columns, where in (
        ("ix_feed_entry_unsequenced", ["id"], sa.text("position IS NULL")),
        ("ix_feed_entry_subject", ["subject_id", "position"], None),
        ("ix_feed_entry_unacknowledged", ["position"], sa.text("NOT answered")),
    ):
        op.create_index(name, "feed_entry", columns, postgresql_where=where)
    op.create_table(
        "feed_head",
        sa.Column("one", sa.Boolean, sa.CheckConstraint("one", name="one"), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        instant("sequenced_at", nullable=True),
        day("sealed_through", nullable=True),
        sa.Column("sealed_position", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO feed_head VALUES (true, 0, decode(repeat('00', 32), 'hex'), NULL, NULL, 0)"
    )
    op.create_table(
        "manifest",
        sa.Column("day", sa.Date, primary_key=True),
        document("content"),
        text("signed"),
        instant("made_at"),
    )
    op.create_table(
        "receipt",
        serial(),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        text("record_number", nullable=True),
        day("entered_on", nullable=True),
        text("reason", nullable=True),
        instant("received_at"),
        text("actor"),
    )
    op.create_index("ix_receipt_position", "receipt", ["position", "id"])


def jobs() -> None:
    op.create_table(
        "verification_job",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("owner"),
        day("at", nullable=True),
        sa.Column("signed", sa.Boolean, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        instant("created_at"),
        instant("finished_at", nullable=True),
    )
    unfinished = sa.text("done < total")
    op.create_index(
        "ix_verification_job_open", "verification_job", ["created_at"], postgresql_where=unfinished
    )
    op.create_index("ix_verification_job_created", "verification_job", ["created_at"])
    op.create_table(
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
