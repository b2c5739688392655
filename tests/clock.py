"""A clock to set."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock that stands still until it is set."""

    def __init__(self, instant: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.instant

    def advance(self, **duration: float) -> None:
        """Moves it on, e.g. `advance(days=1)`."""
        self.instant += timedelta(**duration)
