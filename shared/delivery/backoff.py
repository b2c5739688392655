"""When a delivery that failed is tried again: after pauses that grow, never all at once."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

JITTER = 0.2
"""A pause is longer by up to this part of it: what failed together is not tried together."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pauses after the first failure, the second and so on."""

    pauses: Sequence[timedelta]

    def is_exhausted(self, failures: int) -> bool:
        """Whether so many failures are more than there are pauses: it is given up."""
        return failures > len(self.pauses)

    def draw_pause(self, failures: int) -> timedelta:
        """The pause after so many failures, at least one; after more, the last one again."""
        pause = self.pauses[min(failures, len(self.pauses)) - 1]
        return pause * (1 + random.uniform(0, JITTER))  # noqa: S311 - it spreads, and hides nothing


_DAY = timedelta(days=1)
LETTER_BACKOFF = Backoff(
    (
        *(timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)),
        *(timedelta(hours=1), timedelta(hours=4), _DAY, _DAY, _DAY),
    )
)
"""Of letters: within minutes, then hours, then daily for three days."""
WEBHOOK_BACKOFF = Backoff(
    (
        *(timedelta(seconds=5), timedelta(seconds=30)),
        *(timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30)),
        timedelta(hours=1),
    )
)
"""Of webhooks: within seconds, then minutes, then hourly; a dead portal costs a request an hour."""
