"""A route that fails is left alone but for a try an hour, and taken again once that succeeds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_FAILURES = 3
"""So many failures in a row are the route's own: one may be what was sent."""
PROBE_PAUSES = (
    *(timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)),
    timedelta(hours=1),
)
"""Between the tries of a route that fails; the last one again and again."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a route stands: failures in a row, and when it may be tried again; None: at any time."""

    failures: int = 0
    retry_at: datetime | None = None

    def admits(self, now: datetime) -> bool:
        """Whether something may be sent over the route now."""
        return self.retry_at is None or self.retry_at <= now

    def after_admission(self, now: datetime, limit: timedelta) -> "Circuit":
        """The route while something is sent: where it fails, nothing else is for so long."""
        return self if self.retry_at is None else Circuit(self.failures, now + limit)

    def after_failure(self, now: datetime) -> "Circuit":
        """The route after a failure that is its own."""
        failures = self.failures + 1
        if failures < MOST_FAILURES:
            return Circuit(failures)
        position = min(failures - MOST_FAILURES, len(PROBE_PAUSES) - 1)
        return Circuit(failures, now + PROBE_PAUSES[position])
