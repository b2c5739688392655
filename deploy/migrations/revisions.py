"""Whether a database stands at a revision of this code."""

from alembic.script import ScriptDirectory


class UnknownRevision(Exception):
    """The database was made by other code. The message says what to do about it."""


def check_revisions(scripts: ScriptDirectory, service: str, database_revisions: set[str]) -> None:
    """Returns when this code knows every revision that the database stands at, or there is none.

    Raises `UnknownRevision`.
    """
    known_revisions = {script.revision for script in scripts.walk_revisions()}
    unknown_revisions = sorted(database_revisions - known_revisions)
    if unknown_revisions:
        raise UnknownRevision(
            f"The database of {service} stands at revision {', '.join(unknown_revisions)}, which"
            " this code does not know: it was made by an earlier form that was never released, or"
            " by newer code.\nLocal data: `make clean` removes them, then start again.\nA database"
            " that is to be kept: nothing was changed in it. Run the code that made it, or restore"
            " into an empty database what you need."
        )
