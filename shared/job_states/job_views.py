"""The jobs of a service, and whether each does its work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.job_states.states import JobState

STALE_INTERVALS = 3
"""A job that has not succeeded for so many of its intervals is stale, as the alert says."""


class JobHealth(StrEnum):
    """Whether a job does its work."""

    WELL = "well"
    FAILING = "failing"
    """Its last round failed."""
    STALE = "stale"
    """It has not succeeded for some intervals: nobody runs it, or it hangs."""
    NEVER = "never"
    """No round of it has ended well."""


@dataclass(frozen=True, slots=True)
class JobView:
    """One job as the page shows it; `failure` is that of the last round, blank for none."""

    name: str
    health: JobHealth
    interval: timedelta
    last_success_at: datetime | None
    backlog: int
    failure: str


def build_job_views(
    intervals: Mapping[str, float], states: Sequence[JobState], now: datetime
) -> list[JobView]:
    """The jobs of these names and intervals in seconds, those in trouble first."""
    states_by_name = {state.name: state for state in states}
    views = [
        _build_view(name, seconds, states_by_name.get(name), now)
        for name, seconds in intervals.items()
    ]
    return sorted(views, key=lambda view: (view.health is JobHealth.WELL, view.name))


def count_troubles(jobs: Sequence[JobView]) -> int:
    """How many of the jobs do not do their work."""
    return sum(job.health is not JobHealth.WELL for job in jobs)


def _build_view(name: str, seconds: float, state: JobState | None, now: datetime) -> JobView:
    interval = timedelta(seconds=(state.every_seconds if state else 0) or seconds)
    last_success_at = state.last_success_at if state else None
    failure = (state.failure if state else None) or ""
    if failure:
        health = JobHealth.FAILING
    elif last_success_at is None:
        health = JobHealth.NEVER
    elif now - last_success_at > STALE_INTERVALS * interval:
        health = JobHealth.STALE
    else:
        health = JobHealth.WELL
    return JobView(name, health, interval, last_success_at, state.backlog if state else 0, failure)
