"""Qualifications in their first form, and the event path."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.messaging import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    schema.create_v1()
    op.create_table(
        "qualification",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("registry_number", sa.String),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("council", sa.String, nullable=False),
        sa.Column("occupational_standard", postgresql.JSONB),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("sublevel", sa.String),
        sa.Column("labour_functions", postgresql.JSONB, nullable=False),
        sa.Column("legal_requirement", sa.String),
        sa.Column("requirements", postgresql.JSONB, nullable=False),
        sa.Column("requirements_text", sa.String),
        sa.Column("validity_term", sa.String),
        sa.Column("additional_characteristics", sa.String),
        sa.Column("completed_by_publisher", postgresql.JSONB, nullable=False),
        sa.Column("search_text", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("registry_number", name="uq_qualification_registry_number"),
    )
    op.create_index(
        "uq_qualification_identity",
        "qualification",
        [
            "council",
            "name",
            "level",
            sa.text("coalesce(sublevel, '')"),
            sa.text("coalesce(occupational_standard ->> 'code', '')"),
        ],
        unique=True,
    )
    op.create_index("ix_qualification_listing", "qualification", ["name", "id"])
