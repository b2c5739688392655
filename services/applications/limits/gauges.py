"""The time limits of the law for monitoring: how many run, are at risk or late."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from prometheus_client.core import Metric
from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.limits.models import TimeLimit
from services.applications.limits.queries import IS_RUNNING
from services.applications.limits.rules import LimitState, state_on
from services.applications.settings import ApplicationsSettings
from shared.clock import Clock, civil_date
from shared.db import execute
from shared.metrics.database import COUNT_LIMIT, GaugeQuery
from shared.metrics.families import build_labelled_gauge

OPEN_STATES = (LimitState.RUNNING, LimitState.AT_RISK, LimitState.LATE)


def build_limit_gauges(clock: Clock, settings: ApplicationsSettings) -> GaugeQuery:
    """The query of the gauge of limits; which centre's they are is told by `/v1/limits/counts`."""
    names = [rule.name for rule in settings.time_limit_rules.limits]

    async def read_limit_gauges(session: AsyncSession) -> Sequence[Metric]:
        today = civil_date(clock.now(), settings.time_zone)
        numbers = await _count_nearest_limits(session, today)
        values = {
            (name, state.value): numbers[name, state] for name in names for state in OPEN_STATES
        }
        return [
            build_labelled_gauge(
                "attesta_time_limits",
                "Limits of law that run, by how they stand; of very many, the nearest ones",
                ["limit", "state"],
                values,
            )
        ]

    return read_limit_gauges


async def _count_nearest_limits(
    session: AsyncSession, today: date
) -> Counter[tuple[str, LimitState]]:
    """The running limits by name and state; of more than `COUNT_LIMIT` those that end first."""
    nearest = (
        select(col(TimeLimit.name), col(TimeLimit.at_risk_on), col(TimeLimit.due_on))
        .where(IS_RUNNING)
        .order_by(col(TimeLimit.due_on))
        .limit(COUNT_LIMIT)
        .subquery()
    )
    query = select(*nearest.c, func.count()).group_by(*nearest.c)
    numbers: Counter[tuple[str, LimitState]] = Counter()
    for name, at_risk_on, due_on, number in await execute(session, query):
        state = state_on(at_risk_on, due_on, today, None, cancelled=False)
        numbers[name, state] += number
    return numbers
