"""The outbox's partitions are made and dropped beside a backup, and nobody waits for that.

A backup locks every table for reading, until it has read them all.
"""

import asyncio

import asyncpg
import pytest

from services.catalog.settings import CatalogSettings
from shared.db import Connection, Database
from shared.messaging.retention import maintain_partitions
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import happen, rows, run
from tests.messaging.test_retention import list_partitions, name_partition, store_old_partition

LOCK_WAITS = (
    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database()"
)
_LIST_TABLES = (
    "SELECT string_agg(format('%I', relname), ', ') FROM pg_class"
    " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
)


async def begin_backup(connection: Connection) -> None:
    """What `pg_dump` does at its beginning."""
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    tables = await connection.fetchval(_LIST_TABLES)
    await connection.execute(f"LOCK TABLE {tables} IN ACCESS SHARE MODE")


@pytest.fixture
def patient(settings: CatalogSettings) -> CatalogSettings:
    """Settings by which upkeep would wait for longer than a test lasts."""
    return settings.model_copy(update={"schema_lock_seconds": 60, "lease_seconds": 120})


@pytest.mark.parametrize("is_old", [False, True], ids=["a partition to make", "one to drop"])
async def test_upkeep_that_waits_for_a_backup_stops_no_writer(
    patient: CatalogSettings, database: Database, clock: ManualClock, is_old: bool
) -> None:
    if is_old:
        await maintain_partitions(database, patient)
        await store_old_partition(database, patient.outbox_retention_days + 5, "now()")
    backup = await database.open_connection()
    await begin_backup(backup)
    upkeep = asyncio.create_task(maintain_partitions(database, patient))

    async def is_waiting() -> bool:
        assert not upkeep.done(), "it must wait for the backup"
        return bool(await rows(database, LOCK_WAITS))

    await eventually(is_waiting, "upkeep to wait")
    await happen(database, "a", 1, clock.now())
    assert not upkeep.done(), "the event must not have waited for upkeep"
    await backup.close()
    await upkeep
    names = await list_partitions(database)
    assert name_partition(patient.outbox_partitions_ahead_days) in names
    assert name_partition(-patient.outbox_retention_days - 5) not in names


async def test_upkeep_asks_briefly_and_keeps_what_it_has_done(
    settings: CatalogSettings, database: Database
) -> None:
    await maintain_partitions(database, settings)
    last = name_partition(settings.outbox_partitions_ahead_days)
    await run(database, f"DROP TABLE {last}")
    await store_old_partition(database, settings.outbox_retention_days + 5, "now()")
    backup = await database.open_connection()
    await backup.execute(f"BEGIN; LOCK {name_partition(-settings.outbox_retention_days - 5)}")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await maintain_partitions(database, settings)
    await backup.close()
    assert last in await list_partitions(database)


async def test_a_partition_that_is_attached_is_like_one_that_the_migration_made(
    settings: CatalogSettings, database: Database
) -> None:
    await run(
        database,
        "CREATE TABLE outbox_made PARTITION OF outbox"
        " FOR VALUES FROM ('2099-01-01 00:00+00') TO ('2099-01-02 00:00+00')",
    )
    await maintain_partitions(database, settings)
    partition = name_partition(settings.outbox_partitions_ahead_days)
    query = (
        "SELECT attname, format_type(atttypid, atttypmod) AS type, attnotnull, attidentity,"
        " atthasdef, attstorage,"
        " (SELECT count(*) FROM pg_index WHERE indrelid = attrelid) AS indexes"
        " FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 ORDER BY attnum"
    )
    columns = await rows(database, query, name="outbox_made")
    assert await rows(database, query, name=partition) == columns
