"""The partitions of rosters' events: made some months ahead, dropped when they are old enough."""

from datetime import date, timedelta

from services.certificates.settings import CertificatesSettings
from shared.clock import Clock, add_period, civil_date
from shared.db import Database
from shared.partitions import PartitionedTable, TimeRange

MONTHS_AHEAD = 2
EVENTS = PartitionedTable("roster_event", "sequenced_on")


async def maintain_partitions(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> None:
    """Makes the coming months' partitions and drops those past the retention."""
    today = civil_date(clock.now(), settings.time_zone)
    oldest_day = today - timedelta(days=settings.roster_retention_days)
    months = [
        add_period(today.replace(day=1), f"P{ahead}M") for ahead in range(1, MONTHS_AHEAD + 1)
    ]
    coming_ranges = [_month_range(today), *map(_month_range, months)]
    await EVENTS.maintain(database, settings, coming_ranges, _month_range(oldest_day))


def _month_range(day: date) -> TimeRange:
    """The month of a day."""
    month = day.replace(day=1)
    return TimeRange(f"{month:%Y%m}", month, add_period(month, "P1M"))
