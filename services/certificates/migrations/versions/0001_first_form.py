"""Certificates in their first form, the ledger of notices, and the event path."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.messaging import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    schema.create_v1()
    op.execute(sa.schema.CreateSequence(sa.Sequence("certificate_serial")))
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("holder", postgresql.JSONB, nullable=False),
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("qualification_version", sa.Integer, nullable=False),
        sa.Column("qualification", postgresql.JSONB, nullable=False),
        sa.Column("centre", postgresql.JSONB, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("decision_protocol", sa.String, nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_notice_on", sa.Date),
        sa.UniqueConstraint("number", name="uq_certificate_number"),
        sa.UniqueConstraint("application_id", name="uq_certificate_application_id"),
    )
    op.create_index("ix_certificate_next_notice", "certificate", ["next_notice_on", "id"])
    op.create_index("ix_certificate_listing", "certificate", ["issued_at", "id"])
    op.create_table(
        "validity_notice",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "certificate_id",
            sa.Uuid,
            sa.ForeignKey("certificate.id", name="fk_validity_notice_certificate_id"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("threshold_days", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("noticed_on", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "certificate_id",
            "kind",
            "threshold_days",
            "generation",
            name="uq_validity_notice_once",
        ),
    )
