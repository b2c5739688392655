"""The outbox's partitions: always one for today, and none dropped with an event in it."""

from datetime import UTC, datetime, timedelta

from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging.retention import maintain_partitions
from tests.clock import ManualClock
from tests.messaging.sample_events import happen, rows, run

PARTITIONS = (
    "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid"
    " WHERE inhparent = 'outbox'::regclass ORDER BY relname"
)


def name_partition(days: int) -> str:
    return f"outbox_p{datetime.now(UTC) + timedelta(days=days):%Y%m%d}"


async def list_partitions(database: Database) -> set[str]:
    return {row.relname for row in await rows(database, PARTITIONS)}


async def store_old_partition(database: Database, days: int, published_at: str) -> None:
    day = (datetime.now(UTC) - timedelta(days=days)).date()
    await run(
        database,
        f"CREATE TABLE {name_partition(-days)} PARTITION OF outbox"
        f" FOR VALUES FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')",
    )
    await run(
        database,
        "INSERT INTO outbox (recorded_at, event_id, topic, key, headers, payload, published_at)"
        f" VALUES ('{day} 12:00+00', gen_random_uuid(), 't', 'k', '{{}}', '', {published_at})",
    )


async def test_partitions_are_made_ahead_and_twice_is_harmless(
    settings: CatalogSettings, database: Database
) -> None:
    await maintain_partitions(database, settings)
    await maintain_partitions(database, settings)
    ahead = {name_partition(days) for days in range(settings.outbox_partitions_ahead_days + 1)}
    assert ahead <= await list_partitions(database)


async def test_old_partitions_go_when_all_their_events_are_published(
    settings: CatalogSettings, database: Database
) -> None:
    old = settings.outbox_retention_days + 5
    await store_old_partition(database, old, "now()")
    await store_old_partition(database, old + 1, "NULL")
    await store_old_partition(database, 3, "now()")
    await maintain_partitions(database, settings)
    names = await list_partitions(database)
    assert name_partition(-old) not in names
    assert name_partition(-old - 1) in names, "an unpublished event must keep its partition"
    assert name_partition(-3) in names, "younger than the retention"


async def test_an_event_of_a_day_without_partition_is_kept(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    await run(database, f"DROP TABLE {name_partition(0)}")
    await happen(database, "a", 1, clock.now())
    await maintain_partitions(database, settings)
    (row,) = await rows(database, "SELECT tableoid::regclass::text AS place FROM outbox")
    assert row.place == "outbox_default"
