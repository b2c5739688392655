"""One process migrates a database at a time, and no table's users wait long for it."""

import time
from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shared.settings import Settings

FIRST_PAUSE_SECONDS = 0.5
POLL_SECONDS = 0.5
BUSY_STATES = ("55P03", "40P01")
"""SQLSTATE of a lock that was not to be had in time, and of a deadlock."""

_TAKE_TURN = text("SELECT pg_try_advisory_lock(hashtextextended('attesta.migrate', 0))")
_FIND_HOLDER = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32 | objid::bigint) = hashtextextended('attesta.migrate', 0)"
)
_FIND_OLDEST = text(
    "SELECT pid, application_name FROM pg_stat_activity WHERE datname = current_database()"
    " AND xact_start IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
)


class TablesBusy(Exception):
    """Some lock of a table was not to be had for as long as the settings allow."""


def take_turn(connection: Connection, service: str) -> None:
    """Waits until no other process migrates this database, and lasts as long as the connection.

    It asks again and again: who waits inside a statement is himself waited for by an index that is
    made concurrently.
    """
    told_holder: int | None = None
    while True:
        with connection.begin():
            if connection.scalar(_TAKE_TURN):
                return
            holder: int | None = connection.scalar(_FIND_HOLDER)
        if holder not in {None, told_holder}:
            _say(service, f"back end {holder} migrates already; waiting for it")
            told_holder = holder
        time.sleep(POLL_SECONDS)


def migrate_patiently(
    connection: Connection, settings: Settings, migrate: Callable[[], None]
) -> None:
    """Runs `migrate` until no lock is refused to it; what it has committed it does not do again.

    Whoever wants a table waits behind a request for a lock: so it is a brief one, made again after
    pauses that grow. Raises `TablesBusy` after `migration_limit_seconds`.
    """
    deadline = time.monotonic() + settings.migration_limit_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            migrate()
        except DBAPIError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in BUSY_STATES:
                raise
            holder = _describe_oldest(connection)
            if time.monotonic() + pause > deadline:
                raise TablesBusy(
                    f"The database of {settings.service} gave no lock within"
                    f" {settings.migration_limit_seconds:g} s; {holder}. What was migrated stays:"
                    " end what holds the table, or wait for it, and start the migration again."
                ) from error
        else:
            return
        _say(settings.service, f"a table is in use; {holder}; trying again in {pause:g} s")
        time.sleep(pause)
        pause = min(pause * 2, settings.lease_seconds / 2)


def _describe_oldest(connection: Connection) -> str:
    with connection.begin():
        oldest = connection.execute(_FIND_OLDEST).first()
    if oldest is None:
        return "no other transaction is open"
    return f"the oldest transaction is of back end {oldest.pid} ({oldest.application_name})"


def _say(service: str, sentence: str) -> None:
    print(f"{service}: {sentence}", flush=True)
