"""The partitions of rosters' events: made some months ahead, dropped when they are old enough."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.certificates.settings import CertificatesSettings
from shared import logs
from shared.clock import Clock, add_period, civil_date
from shared.db import Connection, Database

MONTHS_AHEAD = 2
DELETED_ROWS = 10_000
log = logs.get_logger(__name__)

_LIST_PARTITIONS = """
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'roster_event'::regclass AND c.relname LIKE 'roster\\_event\\_p%'
"""
_HAS_MISPLACED = """
    SELECT EXISTS (SELECT FROM roster_event_default WHERE sequenced_on >= $1 AND sequenced_on < $2)
"""
_DELETE_MISPLACED = """
    DELETE FROM roster_event_default WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM roster_event_default WHERE sequenced_on < $1 LIMIT $2))
"""


async def maintain_partitions(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> None:
    """Makes the coming months' partitions and drops those past the retention.

    An event that fits none goes to the default one, from which it is deleted in its time. Safe to
    run twice or by two processes.
    """
    today = civil_date(clock.now(), settings.time_zone)
    oldest_day = today - timedelta(days=settings.roster_retention_days)
    connection: Connection = await database.open_connection()
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('attesta.roster_partitions', 0))"
            )
            names = {row["relname"] for row in await connection.fetch(_LIST_PARTITIONS)}
            for month in _list_months(today):
                await _create_partition(connection, month, names)
            for name in sorted(names):
                if name < _partition_name(oldest_day):
                    await connection.execute(f"DROP TABLE {name}")
                    log.info("rosters.partition_dropped", partition=name)
        await connection.execute(_DELETE_MISPLACED, oldest_day, DELETED_ROWS)
    finally:
        await connection.close()


def _list_months(today: date) -> Iterator[date]:
    """The first days of this month and of the coming ones."""
    month = today.replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        yield month
        month = add_period(month, "P1M")


def _partition_name(day: date) -> str:
    return f"roster_event_p{day:%Y%m}"


async def _create_partition(connection: Connection, month: date, names: set[str]) -> None:
    name, next_month = _partition_name(month), add_period(month, "P1M")
    if name in names:
        return
    if await connection.fetchval(_HAS_MISPLACED, month, next_month):
        log.warning("rosters.month_in_default_partition", month=str(month))
        return
    await connection.execute(
        f"CREATE TABLE {name} PARTITION OF roster_event "
        f"FOR VALUES FROM ('{month}') TO ('{next_month}')"
    )
