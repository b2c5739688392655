"""The outbox's partitions: created some days ahead, dropped when published and old enough."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from shared.db import Database, execute
from shared.partitions import PartitionedTable, TimeRange
from shared.settings import Settings

OUTBOX = PartitionedTable("outbox", "recorded_at", kept_rows="published_at IS NULL")


async def maintain_partitions(database: Database, settings: Settings) -> None:
    """Creates the coming days' partitions and drops those past the retention.

    An event that fits no partition goes to the default one: a worker that was down costs tidiness,
    no event. Days are the database's own, as `recorded_at` is. Safe to run twice or by two
    processes.
    """
    async with database.read_only_transaction() as session:
        now: datetime = (await execute(session, select(func.clock_timestamp()))).scalar_one()
    today = now.astimezone(UTC).date()
    days_ahead = range(settings.outbox_partitions_ahead_days + 1)
    coming_ranges = [_build_range(today + timedelta(days=days)) for days in days_ahead]
    oldest = _build_range(today - timedelta(days=settings.outbox_retention_days))
    await OUTBOX.maintain(database, settings, coming_ranges, oldest)


def _build_range(day: date) -> TimeRange:
    start = datetime.combine(day, time.min, UTC)
    return TimeRange(f"{day:%Y%m%d}", start, start + timedelta(days=1))
