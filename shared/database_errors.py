"""What an error of the database means: who is at fault, and whether the work may be done again."""

import asyncpg
from sqlalchemy.exc import DBAPIError

DATABASE_ERRORS = (DBAPIError, asyncpg.PostgresError)
"""Through the ORM, and below it."""

LOST_CONNECTION_STATES = ("08", "28", "3D", "53", "57P", "58")
"""How the SQLSTATE of a lost or refused connection begins, or of a server short of something."""
LOCK_TIMEOUT_STATE = "55P03"
BROKEN_OFF_STATE = "57014"
CONFLICT_STATES = frozenset({"40001", "40P01", LOCK_TIMEOUT_STATE})
"""SQLSTATE where others got in the way: serialization failure, deadlock, a lock not got in time."""


def unwrap_database_error(error: BaseException) -> BaseException:
    """The driver's own error, below what SQLAlchemy makes of it."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return error
    return error.orig.__cause__ or error.orig


def read_sqlstate(error: BaseException) -> str:
    """The SQLSTATE of an error; blank where it has none."""
    return str(getattr(unwrap_database_error(error), "sqlstate", None) or "")


def is_stale_plan(error: BaseException) -> bool:
    """Whether a migration has changed what a prepared statement gives: to be prepared again."""
    return isinstance(unwrap_database_error(error), asyncpg.InvalidCachedStatementError)


def is_worth_repeating(error: BaseException) -> bool:
    """Whether the transaction, which the database has undone, may succeed when run again."""
    return read_sqlstate(error) in CONFLICT_STATES or is_stale_plan(error)


def is_connection_lost(error: BaseException) -> bool:
    """Whether the server does not answer, has refused or ended the connection, or lacks space.

    Also where all that answer are standbys. Nobody knows then what became of a commit.
    """
    if isinstance(unwrap_database_error(error), asyncpg.InternalClientError):
        return True
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    return invalidated or read_sqlstate(error).startswith(LOST_CONNECTION_STATES)
