"""The catalog's tables: versions, plans of notices, the change feed, imported tables, events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.job_states import schema as job_schema
from shared.messaging import schema

revision = "catalog_0001"
down_revision = None

_CREATE_IMMUTABILITY_FUNCTION = """
CREATE FUNCTION refuse_change_of_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of qualification % is published and never changes',
        OLD.version, OLD.qualification_id;
END $$
"""

_CREATE_IMMUTABILITY_TRIGGER = """
CREATE TRIGGER published_version_is_immutable
BEFORE UPDATE OR DELETE ON qualification_version
FOR EACH ROW WHEN (OLD.status = 'published')
EXECUTE FUNCTION refuse_change_of_published_version()
"""

_ENUM_LENGTH = 60


def upgrade() -> None:
    schema.create_v1()
    job_schema.create_v1()
    _create_qualifications()
    _create_versions()
    _index_versions()
    op.execute(_CREATE_IMMUTABILITY_FUNCTION)
    op.execute(_CREATE_IMMUTABILITY_TRIGGER)
    _create_notice_plans()
    _create_change_feed()
    _create_imports()


def _create_qualifications() -> None:
    op.create_table(
        "qualification",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("identity", sa.String, nullable=False),
        sa.Column("registry_number", sa.String),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_from", sa.Date),
        sa.Column("withdrawal_reason", sa.String),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_qualification"),
        sa.UniqueConstraint("identity", name="uq_qualification_identity"),
        sa.UniqueConstraint("registry_number", name="uq_qualification_registry_number"),
    )


def _create_versions() -> None:
    op.create_table(
        "qualification_version",
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.String(_ENUM_LENGTH), nullable=False),
        sa.Column("change", sa.String(_ENUM_LENGTH), nullable=False),
        sa.Column("change_reason", sa.String),
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("council", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("sublevel", sa.String),
        sa.Column("registry_number", sa.String),
        sa.Column("validity_term", sa.String),
        sa.Column("standards", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("search_name", sa.String, nullable=False),
        sa.Column("search_text", sa.String, nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR,
            sa.Computed(
                "setweight(to_tsvector('russian'::regconfig, search_name), 'A')"
                " || to_tsvector('russian'::regconfig, search_text)",
                persisted=True,
            ),
        ),
        sa.Column("remarks", sa.String),
        sa.Column("approval", postgresql.JSONB),
        sa.Column("effective_from", sa.Date),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("qualification_id", "version", name="pk_qualification_version"),
        sa.ForeignKeyConstraint(
            ["qualification_id"], ["qualification.id"], name="fk_version_qualification"
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'under_review', 'approved', 'published', 'discarded')",
            name="ck_qualification_version_status",
        ),
        sa.CheckConstraint(
            "change IN ('first', 'editorial', 'substantive')",
            name="ck_qualification_version_change",
        ),
        sa.CheckConstraint(
            "(status = 'published') = (effective_from IS NOT NULL)",
            name="ck_qualification_version_effective",
        ),
    )


def _index_versions() -> None:
    table = "qualification_version"
    op.create_index(
        "uq_qualification_version_open",
        table,
        ["qualification_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('draft', 'under_review', 'approved')"),
    )
    op.create_index(
        "ix_qualification_version_listing", table, ["name", "qualification_id", "version"]
    )
    op.create_index("ix_qualification_version_search", table, ["search"], postgresql_using="gin")
    op.create_index(
        "ix_qualification_version_standards", table, ["standards"], postgresql_using="gin"
    )


def _create_notice_plans() -> None:
    op.create_table(
        "notice_plan_change",
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("thresholds_days", postgresql.ARRAY(sa.Integer)),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("qualification_id", "revision", name="pk_notice_plan_change"),
        sa.ForeignKeyConstraint(
            ["qualification_id"],
            ["qualification.id"],
            name="fk_notice_plan_change_qualification_id",
        ),
    )


def _create_change_feed() -> None:
    op.create_table(
        "catalog_change",
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(_ENUM_LENGTH), nullable=False),
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_catalog_change"),
        sa.CheckConstraint(
            "kind IN ('published', 'withdrawn')", name="ck_catalog_change_catalog_change_kind"
        ),
    )
    op.create_table(
        "feed_head",
        sa.Column("singleton", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("singleton", name="pk_feed_head"),
        sa.CheckConstraint("singleton = 1", name="ck_feed_head_single_row"),
    )
    op.execute("INSERT INTO feed_head (singleton, position) VALUES (1, 0)")


def _create_imports() -> None:
    op.create_table(
        "table_import",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("file_name", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("counts", postgresql.JSONB, nullable=False),
        sa.Column("report", postgresql.JSONB, nullable=False),
        sa.Column("outcomes", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_table_import"),
    )
    op.create_index("ix_table_import_listing", "table_import", ["created_at", "id"])
