"""The outbox's partitions: created some days ahead, dropped when published and old enough."""

from datetime import UTC, date, datetime, time, timedelta

from shared import logs
from shared.db import Connection, Database
from shared.settings import Settings

log = logs.get_logger(__name__)

_SELECT_PARTITIONS = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'outbox'::regclass AND c.relname LIKE 'outbox\\_p%'
    ORDER BY c.relname
"""


async def maintain_partitions(database: Database, settings: Settings) -> None:
    """Creates the coming days' partitions and drops those past the retention.

    An event that fits no partition goes to the default one: a worker that was down costs tidiness,
    no event. Safe to run twice or by two processes.
    """
    connection: Connection = await database.open_connection()
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('attesta.partitions', 0))"
            )
            today = (await connection.fetchval("SELECT clock_timestamp()")).astimezone(UTC).date()
            existing_names = {row["relname"] for row in await connection.fetch(_SELECT_PARTITIONS)}
            for days_ahead in range(settings.outbox_partitions_ahead_days + 1):
                await _create_partition(
                    connection, today + timedelta(days=days_ahead), existing_names
                )
            oldest_day = today - timedelta(days=settings.outbox_retention_days)
            for name in sorted(existing_names):
                if name < _partition_name(oldest_day):
                    await _drop_if_published(connection, name)
    finally:
        await connection.close()


def _partition_name(day: date) -> str:
    return f"outbox_p{day:%Y%m%d}"


async def _create_partition(connection: Connection, day: date, existing_names: set[str]) -> None:
    if _partition_name(day) in existing_names:
        return
    start = datetime.combine(day, time.min, UTC)
    has_misplaced_rows = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM outbox_default WHERE recorded_at >= $1 AND recorded_at < $2)",
        start,
        start + timedelta(days=1),
    )
    if has_misplaced_rows:
        log.warning("outbox.day_in_default_partition", day=str(day))
        return
    await connection.execute(
        f"CREATE TABLE {_partition_name(day)} PARTITION OF outbox "
        f"FOR VALUES FROM ('{start.isoformat()}') TO ('{(start + timedelta(days=1)).isoformat()}')"
    )


async def _drop_if_published(connection: Connection, name: str) -> None:
    has_unpublished_rows = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM {name} WHERE published_at IS NULL)"  # noqa: S608 our own name
    )
    if has_unpublished_rows:
        log.error("outbox.old_events_unpublished", partition=name)
        return
    await connection.execute(f"DROP TABLE {name}")
    log.info("outbox.partition_dropped", partition=name)
