"""For how long the oldest work of a job has waited: what an age of its last success cannot tell."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from prometheus_client.core import Metric
from sqlalchemy import Select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import Clock
from shared.db import execute
from shared.metrics.database import GaugeQuery
from shared.metrics.families import build_labelled_gauge

AgeQuery: TypeAlias = Callable[[AsyncSession], Awaitable[float]]
"""Measures in seconds for how long the oldest work has waited; 0 where none waits."""


def age_of_oldest(clock: Clock, query: Select[Any]) -> AgeQuery:
    """The age of the instant that the query finds over an index, if it finds one."""

    async def measure_age(session: AsyncSession) -> float:
        instant: datetime | None = (await execute(session, query.limit(1))).scalar_one_or_none()
        return max((clock.now() - instant).total_seconds(), 0) if instant else 0.0

    return measure_age


def build_waiting_gauges(ages: Mapping[str, AgeQuery]) -> GaugeQuery:
    """The query of the gauge of these jobs, by name."""

    async def read_waiting_gauges(session: AsyncSession) -> Sequence[Metric]:
        return [
            build_labelled_gauge(
                "attesta_job_oldest_waiting_seconds",
                "For how long the oldest work of the job has waited; 0 where none waits",
                ["job"],
                {(name,): await measure(session) for name, measure in ages.items()},
            )
        ]

    return read_waiting_gauges
