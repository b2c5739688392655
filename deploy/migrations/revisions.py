"""Whether a database stands at a revision of this code."""

from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from shared.schema_floor import READ_SCHEMA, find_floor, works_with


class UnknownRevision(Exception):
    """The database was made by other code. The message says what to do about it."""


def needs_upgrade(scripts: ScriptDirectory, service: str, connection: Connection) -> bool:
    """Whether this code has anything to do; not where newer code has, with which it works.

    So a release can be taken back to the one before with the schema as it is. Raises
    `UnknownRevision` for a database at a revision of which neither is true.
    """
    has_table = inspect(connection).has_table("alembic_version")
    schema = connection.execute(text(READ_SCHEMA)).first() if has_table else None
    known_revisions = frozenset(script.revision for script in scripts.walk_revisions())
    if schema is None or schema.revision in known_revisions:
        return True
    if not works_with(known_revisions, schema.revision, schema.floor):
        raise UnknownRevision(
            f"The database of {service} stands at revision {schema.revision}, which"
            " this code does not know: it was made by an earlier form that was never released, or"
            " by newer code.\nLocal data: `make clean` removes them, then start again.\nA database"
            " that is to be kept: nothing was changed in it. Run the code that made it, or restore"
            " into an empty database what you need."
        )
    print(f"{service}: stands at {schema.revision} of newer code, this works with it", flush=True)
    return False


def keep_floor(
    scripts: ScriptDirectory, ctx: MigrationContext, step: MigrationInfo, **_: object
) -> None:
    """Writes the floor of a revision into the database, in the revision's own transaction."""
    assert ctx.connection is not None
    if step.is_upgrade and step.up_revision_id is not None:
        floor = find_floor(scripts, step.up_revision_id)
        ctx.connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{floor}'"))
