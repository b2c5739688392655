"""Versions with their procedure and days in force, the change feed, and imported tables.

Written before the first release: columns move at once, not in steps that old code would survive.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_CARRY = """
INSERT INTO qualification_version (
    qualification_id, version, revision, status, change, content, council, name, level,
    registry_number, standards, search_name, search_text, effective_from, created_at, published_at
)
SELECT id, 1, revision, status, 'first',
    jsonb_build_object(
        'council', council, 'registry_number', registry_number, 'name', name,
        'occupational_standard', occupational_standard, 'level', level, 'sublevel', sublevel,
        'labour_functions', labour_functions, 'legal_requirement', legal_requirement,
        'requirements', requirements, 'requirements_text', requirements_text,
        'validity_term', validity_term, 'additional_characteristics', additional_characteristics,
        'completed_by_publisher', completed_by_publisher, 'further_standards', '[]'::jsonb,
        'job_titles', '[]'::jsonb, 'classifiers', '[]'::jsonb, 'additional_information', null,
        'activity_type', null, 'special_conditions', null
    ),
    council, name, level, registry_number,
    CASE WHEN occupational_standard IS NULL THEN '{}'::text[]
         ELSE ARRAY[occupational_standard ->> 'code'] END,
    replace(lower(name), 'ё', 'е'), search_text,
    (published_at AT TIME ZONE 'UTC')::date, created_at, published_at
FROM qualification
"""

_IDENTIFY = """
UPDATE qualification SET identity = concat_ws(
    '|', council, name, level, coalesce(sublevel, ''),
    coalesce(occupational_standard ->> 'code', '')
)
"""

_FEED = """
INSERT INTO catalog_change (position, kind, qualification_id, version, recorded_at)
SELECT row_number() OVER (ORDER BY published_at, id), 'published', id, 1, published_at
FROM qualification WHERE status = 'published'
"""

_HEAD = "INSERT INTO feed_head SELECT 1, count(*) FROM catalog_change"

_IMMUTABLE = """
CREATE FUNCTION refuse_change_of_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of qualification % is published and never changes',
        OLD.version, OLD.qualification_id;
END $$
"""

_TRIGGER = """
CREATE TRIGGER published_version_is_immutable
BEFORE UPDATE OR DELETE ON qualification_version
FOR EACH ROW WHEN (OLD.status = 'published')
EXECUTE FUNCTION refuse_change_of_published_version()
"""

_REPEATED = (
    "status version name council occupational_standard level sublevel labour_functions "
    "legal_requirement requirements requirements_text validity_term additional_characteristics "
    "completed_by_publisher search_text published_at"
)


def upgrade() -> None:
    _create_versions()
    op.create_table(
        "catalog_change",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "feed_head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.CheckConstraint("one = 1", name="single_row"),
    )
    op.add_column("qualification", sa.Column("identity", sa.String))
    for statement in (_CARRY, _IDENTIFY, _FEED, _HEAD, _IMMUTABLE, _TRIGGER):
        op.execute(statement)
    _reduce_qualification()
    op.create_table(
        "table_import",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("file_name", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("report", postgresql.JSONB, nullable=False),
        sa.Column("outcomes", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_table_import_listing", "table_import", ["created_at", "id"])


def _create_versions() -> None:
    table = "qualification_version"
    op.create_table(
        table,
        sa.Column("qualification_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("change_reason", sa.String),
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("council", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("registry_number", sa.String),
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
        sa.ForeignKeyConstraint(
            ["qualification_id"], ["qualification.id"], name="fk_version_qualification"
        ),
        sa.CheckConstraint(
            "(status = 'published') = (effective_from IS NOT NULL)", name="effective"
        ),
    )
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


def _reduce_qualification() -> None:
    """What versions carry now leaves the qualification."""
    op.drop_index("uq_qualification_identity", "qualification")
    op.drop_index("ix_qualification_listing", "qualification")
    op.alter_column("qualification", "identity", nullable=False)
    op.create_unique_constraint("uq_qualification_identity", "qualification", ["identity"])
    for column in _REPEATED.split():
        op.drop_column("qualification", column)
    op.add_column("qualification", sa.Column("withdrawn_from", sa.Date))
    op.add_column("qualification", sa.Column("withdrawal_reason", sa.String))
    op.add_column("qualification", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
