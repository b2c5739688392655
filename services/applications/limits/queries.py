"""The time limits that run: what is due, what is told, how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Case, case, func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.limits.models import TimeLimit
from services.applications.limits.rules import LimitState
from shared import paging

RUNS = col(TimeLimit.ended_on).is_(None) & col(TimeLimit.cancelled).is_(False)


@dataclass(frozen=True, slots=True)
class Count:
    """How many limits of a centre stand so."""

    centre: str
    limit: str
    state: str
    number: int


async def running(
    session: AsyncSession, application_id: UUID, names: Sequence[str], appeal_id: UUID | None
) -> Sequence[TimeLimit]:
    """The limits of these names that run on the application, or on its appeal."""
    query = select(TimeLimit).where(
        RUNS,
        TimeLimit.application_id == application_id,
        col(TimeLimit.name).in_(names),
        col(TimeLimit.appeal_id).is_not_distinct_from(appeal_id),
    )
    return (await session.exec(query.with_for_update())).all()


async def rounds(session: AsyncSession, application_id: UUID, name: str) -> int:
    """How often the limit has begun for this application."""
    query = select(func.count()).where(
        TimeLimit.application_id == application_id, TimeLimit.name == name
    )
    return (await session.exec(query)).one()


async def to_tell(session: AsyncSession, today: date, batch: int) -> Sequence[TimeLimit]:
    """Limits of which something is to be told, locked; those that others hold are left out."""
    query = (
        select(TimeLimit)
        .where(col(TimeLimit.next_on) <= today)
        .order_by(col(TimeLimit.next_on), col(TimeLimit.id))
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(query)).all()


async def listed(
    session: AsyncSession,
    states: Sequence[LimitState],
    centre: str | None,
    council: str | None,
    today: date,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[TimeLimit], str | None]:
    """A page of limits that run, the nearest last day first."""
    order = (col(TimeLimit.due_on), col(TimeLimit.id))
    query = select(TimeLimit).where(RUNS, _standing(today).in_(states)).order_by(*order)
    if centre is not None:
        query = query.where(TimeLimit.centre_number == centre)
    if council is not None:
        query = query.join(Application).where(Application.council == council)
    if cursor is not None:
        query = query.where(tuple_(*order) > tuple_(*paging.decode(cursor, date, int)))
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    return page, paging.encode(page[-1].due_on, page[-1].id) if len(rows) > limit else None


async def counts(session: AsyncSession, today: date, centre: str | None) -> list[Count]:
    """How many limits run, are at risk or late, by centre and limit."""
    standing = _standing(today).label("standing")
    query = (
        select(TimeLimit.centre_number, TimeLimit.name, standing, func.count())
        .where(RUNS)
        .group_by(TimeLimit.centre_number, TimeLimit.name, standing)
        .order_by(TimeLimit.centre_number, TimeLimit.name, standing)
    )
    if centre is not None:
        query = query.where(TimeLimit.centre_number == centre)
    return [Count(*row) for row in (await session.exec(query)).all()]


def _standing(today: date) -> Case[str]:
    return case(
        (col(TimeLimit.due_on) < today, LimitState.LATE.value),
        (col(TimeLimit.at_risk_on) <= today, LimitState.AT_RISK.value),
        else_=LimitState.RUNNING.value,
    )
