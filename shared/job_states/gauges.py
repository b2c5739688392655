"""The jobs of a scheduler as monitoring sees them, from any process: also when it is dead."""

from collections.abc import Mapping, Sequence

from prometheus_client.core import Metric
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.job_states.duty_reports import DUTY_SECONDS
from shared.job_states.states import list_job_states
from shared.job_states.tables import set_aside
from shared.metrics.database import COUNT_LIMIT, GaugeQuery
from shared.metrics.families import build_labelled_gauge

UPKEEP_INTERVALS = {
    "relay": DUTY_SECONDS,
    "outbox-partitions": 3600.0,
    "idempotency-clean-up": 3600.0,
}
"""What the worker of every service does, and how often, in seconds."""


def build_job_gauges(intervals: Mapping[str, float]) -> GaugeQuery:
    """The query of the gauges of these jobs, by name; `intervals` are seconds.

    A job that has never run has the success 0, which is long ago, and the interval of the settings:
    a scheduler that was never started is told, too. A job of another name is history.
    """

    async def read_job_gauges(session: AsyncSession) -> Sequence[Metric]:
        states = {state.name: state for state in await list_job_states(session)}
        successes, seconds, backlogs = {}, {}, {}
        for name, interval in intervals.items():
            state = states.get(name)
            last_success_at = state.last_success_at if state else None
            successes[name,] = last_success_at.timestamp() if last_success_at else 0
            seconds[name,] = (state.every_seconds if state else 0) or interval
            backlogs[name,] = state.backlog if state else 0
        return [
            build_labelled_gauge(
                "attesta_job_last_success_timestamp_seconds",
                "When a round of the job last ended well, in Unix time; 0: never",
                ["job"],
                successes,
            ),
            build_labelled_gauge(
                "attesta_job_interval_seconds",
                "How often the job is to run",
                ["job"],
                seconds,
            ),
            build_labelled_gauge(
                "attesta_job_backlog",
                "What the job's last round left to do",
                ["job"],
                backlogs,
            ),
            await _read_set_aside(session, intervals),
        ]

    return read_job_gauges


async def _read_set_aside(session: AsyncSession, intervals: Mapping[str, float]) -> Metric:
    bounded = select(set_aside.c.job).limit(COUNT_LIMIT).subquery()
    query = select(bounded.c.job, func.count()).group_by(bounded.c.job)
    numbers = {row[0]: row[1] for row in await execute(session, query)}
    return build_labelled_gauge(
        "attesta_set_aside_rows",
        "Rows that the job could not handle, set aside with their reason",
        ["job"],
        {(name,): numbers.get(name, 0) for name in intervals},
    )
