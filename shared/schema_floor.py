"""Which code works with a database: that of its revision, and older code down to its floor.

New code migrates the database while old code runs. What it adds hinders no old code; what it takes
away does, and then the revision names the oldest code that goes without. That name, the floor, is
kept in the database, as the comment on Alembic's table: older code reads there whether it may go on
with a schema that it does not know.
"""

from alembic.script import ScriptDirectory

READ_SCHEMA = (
    "SELECT version_num AS revision,"
    " obj_description('alembic_version'::regclass, 'pg_class') AS floor FROM alembic_version"
)
"""The revision of the database, and its floor; NULL where no revision has named one."""
FLOOR_NAME = "oldest_code"
"""The variable of a revision's module that names the floor: an earlier revision."""


def find_floor(scripts: ScriptDirectory, revision: str) -> str:
    """The oldest code that works with a database at this revision, as a revision's id.

    It is the newest floor that a revision up to this one names; without any, the first revision.
    """
    floor = revision
    for script in scripts.iterate_revisions(revision, "base"):
        named_floor: str | None = getattr(script.module, FLOOR_NAME, None)
        if named_floor is not None:
            return named_floor
        floor = script.revision
    return floor


def works_with(known_revisions: frozenset[str], revision: str, floor: str | None) -> bool:
    """Whether code that knows these revisions works with a database of newer code."""
    return revision not in known_revisions and floor in known_revisions
