"""How one try of a delivery ended, and the counter of tries."""

from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import Counter

from shared.metrics.registry import PROCESS_REGISTRY


class AttemptOutcome(StrEnum):
    """How a try ended; each comment says what comes next."""

    DELIVERED = "delivered"  # nothing: it was taken over
    DEFERRED = "deferred"  # another try: the recipient's side asks for it
    REFUSED = "refused"  # nothing: the recipient's side never takes it
    BROKEN = "broken"  # another try: the route failed, whatever was sent
    UNMADE = "unmade"  # another try: it could not be made, and nothing was sent


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `failure` names what went wrong, by a code or a kind: never what others wrote."""

    outcome: AttemptOutcome
    failure: str | None = None


ATTEMPTS = Counter(
    "attesta_delivery_attempts",
    "Tries of deliveries that this process made, by how they ended",
    ["channel", "outcome"],
    registry=PROCESS_REGISTRY,
)


def count_attempt(channel: str, attempt: Attempt) -> None:
    """Counts a try that has ended."""
    ATTEMPTS.labels(channel, attempt.outcome.value).inc()


def announce_channel(channel: str) -> None:
    """Exports zeros for a channel over which nothing was sent yet."""
    for outcome in AttemptOutcome:
        ATTEMPTS.labels(channel, outcome.value)
