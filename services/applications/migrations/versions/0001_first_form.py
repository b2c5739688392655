"""Applications in their first form, and the event path."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.messaging import schema

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    schema.create_v1()
    _intake()
    _procedure()


def _of_application(*, primary_key: bool = False) -> sa.Column[UUID]:
    return sa.Column(
        "application_id",
        sa.Uuid,
        sa.ForeignKey("application.id"),
        primary_key=primary_key,
        nullable=False,
    )


def _intake() -> None:
    op.create_table(
        "qualification_version",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("qualification_version", sa.Integer, nullable=False),
        sa.Column("family_name", sa.String, nullable=False),
        sa.Column("given_name", sa.String, nullable=False),
        sa.Column("patronymic", sa.String),
        sa.Column("birth_date", sa.Date, nullable=False),
        sa.Column("email", sa.String),
        sa.Column("phone", sa.String),
        sa.Column("notify_by", sa.String),
        sa.Column("centre_number", sa.String, nullable=False),
        sa.Column("centre_name", sa.String, nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("admitted_on", sa.Date),
        sa.ForeignKeyConstraint(
            ["qualification_id", "qualification_version"],
            ["qualification_version.id", "qualification_version.version"],
            name="fk_application_qualification_version",
        ),
    )
    op.create_index("ix_application_listing", "application", ["submitted_at", "id"])
    op.create_index("ix_application_by_status", "application", ["status", "submitted_at", "id"])
    op.create_index(
        "ix_application_by_qualification", "application", ["qualification_id", "submitted_at", "id"]
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid, primary_key=True),
        _of_application(),
        sa.Column("text_version", sa.String, nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.UniqueConstraint("application_id", name="uq_consent_application_id"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid, primary_key=True),
        _of_application(),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("months", sa.Integer),
        sa.Column("field", sa.String),
        sa.Column("file_name", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("object_key", sa.String, nullable=False),
        sa.Column("attached_at", INSTANT, nullable=False),
    )
    op.create_index(
        "uq_document_same",
        "document",
        ["application_id", "kind", "sha256", sa.text("coalesce(field, '')")],
        unique=True,
    )


def _procedure() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _of_application(),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("remarks", sa.String),
        sa.Column("reviewer", sa.String, nullable=False),
        sa.Column("reviewed_at", INSTANT, nullable=False),
    )
    op.create_index("ix_review_application", "review", ["application_id", "id"])
    op.create_table(
        "examination",
        _of_application(primary_key=True),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("theory", sa.Text, nullable=False),
        sa.Column("practice", sa.Text),
        sa.Column("protocol_number", sa.String, nullable=False),
        sa.Column("examiners", postgresql.JSONB, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_table(
        "decision",
        _of_application(primary_key=True),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("protocol_number", sa.String, nullable=False),
        sa.Column("members", postgresql.JSONB, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_table(
        "certificate",
        _of_application(primary_key=True),
        sa.Column("certificate_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.UniqueConstraint("certificate_id", name="uq_certificate_certificate_id"),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _of_application(),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("command", sa.String, nullable=False),
        sa.Column("from_status", sa.String),
        sa.Column("to_status", sa.String, nullable=False),
        sa.Column("detail", sa.String),
    )
    op.create_index("ix_history_application", "history", ["application_id", "id"])
