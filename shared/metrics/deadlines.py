"""What took longer than it may, and was broken off."""

from prometheus_client import Counter

from shared.metrics.registry import PROCESS_REGISTRY

DEADLINES_MISSED = Counter(
    "attesta_deadlines_missed",
    "What was broken off for its time: a round of a job; a call of a duty that has no rounds",
    ["kind"],
    registry=PROCESS_REGISTRY,
)
MISSED_ROUNDS = DEADLINES_MISSED.labels("round")
MISSED_CALLS = DEADLINES_MISSED.labels("call")
