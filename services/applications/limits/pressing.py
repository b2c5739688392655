"""The limits of law that press: at risk or late, counted by centre and listed page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.limits.models import TimeLimit
from services.applications.limits.queries import IS_RUNNING
from services.applications.limits.rules import LimitState
from shared.db import execute
from shared.metrics.database import COUNT_LIMIT, count_rows

PRESSING_STATES = (LimitState.LATE, LimitState.AT_RISK)
"""The states of limits that press."""


@dataclass(frozen=True, slots=True)
class CentreLimits:
    """How many limits on applications of one centre are at risk, and how many are late."""

    centre: str
    late: int
    at_risk: int


async def count_limits_by_centre(
    session: AsyncSession, today: date, limit: int
) -> Sequence[CentreLimits]:
    """The centres with the most late limits first; of very many limits, those that ended first."""
    nearest = (
        select(col(TimeLimit.centre_number), (col(TimeLimit.due_on) < today).label("is_late"))
        .where(IS_RUNNING, col(TimeLimit.at_risk_on) <= today)
        .order_by(col(TimeLimit.at_risk_on), col(TimeLimit.id))
        .limit(COUNT_LIMIT)
        .subquery()
    )
    late = func.count().filter(nearest.c.is_late)
    at_risk = func.count().filter(~nearest.c.is_late)
    centre = nearest.c.centre_number
    query = select(centre, late, at_risk).group_by(centre)
    rows = await execute(session, query.order_by(late.desc(), at_risk.desc(), centre).limit(limit))
    return [CentreLimits(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PressingLimits:
    """The limits that press on a day: those in one state, or of one centre; None: all."""

    today: date
    state: LimitState | None = None
    centre: str | None = None

    def _build_conditions(self) -> list[Any]:
        conditions: list[Any] = [IS_RUNNING, col(TimeLimit.at_risk_on) <= self.today]
        if self.state is LimitState.LATE:
            conditions.append(col(TimeLimit.due_on) < self.today)
        if self.state is LimitState.AT_RISK:
            conditions.append(col(TimeLimit.due_on) >= self.today)
        if self.centre is not None:
            conditions.append(col(TimeLimit.centre_number) == self.centre)
        return conditions

    async def count(self, session: AsyncSession) -> int:
        """How many there are, up to `COUNT_LIMIT`."""
        return await count_rows(session, select(TimeLimit.id).where(*self._build_conditions()))

    async def load_rows(
        self, session: AsyncSession, offset: int, limit: int
    ) -> Sequence[tuple[TimeLimit, str]]:
        """Limits with the numbers of their cases, the nearest last day first."""
        query = (
            select(TimeLimit, col(Application.number))
            .join(Application, col(Application.id) == TimeLimit.application_id)
            .where(*self._build_conditions())
            .order_by(col(TimeLimit.due_on), col(TimeLimit.id))
            .offset(offset)
            .limit(limit)
        )
        return (await session.exec(query)).all()
