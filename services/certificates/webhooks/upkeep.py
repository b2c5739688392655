"""What is kept of webhooks for some days only: attempts by day, and checks."""

from datetime import date, datetime, time, timedelta

from services.certificates.settings import CertificatesSettings
from shared.clock import Clock, civil_date
from shared.db import Database
from shared.partitions import PartitionedTable, TimeRange

DAYS_AHEAD = 3
ATTEMPTS = PartitionedTable("delivery_attempt", "started_at")


async def maintain_attempts(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> None:
    """Makes the coming civil days' partitions of attempts, and drops those that are old enough."""
    today = civil_date(clock.now(), settings.time_zone)

    def build_range(day: date) -> TimeRange:
        start, end = (
            datetime.combine(day + timedelta(days=days), time(0), settings.time_zone)
            for days in (0, 1)
        )
        return TimeRange(f"{day:%Y%m%d}", start, end)

    coming_days = [build_range(today + timedelta(days=days)) for days in range(DAYS_AHEAD + 1)]
    oldest = build_range(today - timedelta(days=settings.webhook_attempt_days))
    await ATTEMPTS.maintain(database, coming_days, oldest)
