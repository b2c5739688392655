"""The time limits that run: lists, counts, and which must be reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Case, ColumnElement, case, func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import ApplicationFilter
from services.applications.limits.models import TimeLimit
from services.applications.limits.rules import LimitState
from shared.job_states.rows import is_set_aside
from shared.paging import decode_cursor, encode_cursor, get_sorted_page

LIMITS_JOB = "limits"
"""The job that reports limits, and sets those aside that it cannot report."""

IS_RUNNING = col(TimeLimit.ended_on).is_(None) & col(TimeLimit.cancelled).is_(False)


@dataclass(frozen=True, slots=True)
class LimitCount:
    """How many limits of one name are in one state at one centre."""

    centre_number: str
    name: str
    state: str
    count: int


async def lock_running_limits(
    session: AsyncSession, application_id: UUID, names: Sequence[str], appeal_id: UUID | None
) -> Sequence[TimeLimit]:
    """The running limits of these names on the application, or on its appeal, locked."""
    query = select(TimeLimit).where(
        IS_RUNNING,
        TimeLimit.application_id == application_id,
        col(TimeLimit.name).in_(names),
        col(TimeLimit.appeal_id).is_not_distinct_from(appeal_id),
    )
    return (await session.exec(query.with_for_update())).all()


async def count_rounds(session: AsyncSession, application_id: UUID, name: str) -> int:
    """How many times the limit was begun for this application."""
    query = select(func.count()).where(
        TimeLimit.application_id == application_id, TimeLimit.name == name
    )
    return (await session.exec(query)).one()


async def list_application_limits(
    session: AsyncSession, application_id: UUID
) -> Sequence[TimeLimit]:
    """The limits of an application that run or ran, in the order in which they began."""
    query = select(TimeLimit).where(TimeLimit.application_id == application_id)
    return (await session.exec(query.order_by(col(TimeLimit.id)))).all()


async def lock_reportable_limits(
    session: AsyncSession, today: date, batch_size: int
) -> Sequence[TimeLimit]:
    """At most `batch_size` limits that must be reported today, locked; those locked are skipped.

    Those set aside are left out.
    """
    query = (
        select(TimeLimit)
        .where(*_reportable_on(today))
        .order_by(col(TimeLimit.next_report_on), col(TimeLimit.id))
        .limit(batch_size)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(query)).all()


async def lock_reportable_limit(
    session: AsyncSession, today: date, limit_id: int
) -> Sequence[TimeLimit]:
    """This limit, locked, if it must be reported today; it may be set aside."""
    query = select(TimeLimit).where(
        TimeLimit.id == limit_id, col(TimeLimit.next_report_on) <= today
    )
    return (await session.exec(query.with_for_update(skip_locked=True))).all()


async def find_reportable_limit(session: AsyncSession, today: date) -> int | None:
    """The id of the limit with which the next batch begins."""
    query = (
        select(col(TimeLimit.id))
        .where(*_reportable_on(today))
        .order_by(col(TimeLimit.next_report_on), col(TimeLimit.id))
        .limit(1)
    )
    return (await session.exec(query)).first()


async def count_reportable_limits(session: AsyncSession, today: date) -> int:
    """How many limits must be reported today, those set aside among them."""
    query = select(func.count()).where(col(TimeLimit.next_report_on) <= today)
    return (await session.exec(query)).one()


def _reportable_on(today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        col(TimeLimit.next_report_on) <= today,
        ~is_set_aside(LIMITS_JOB, col(TimeLimit.id)),
    )


@dataclass(frozen=True, slots=True)
class LimitFilter:
    """Which running limits are shown: of whose applications; None does not restrict further."""

    tenant: ApplicationFilter
    states: Sequence[LimitState] | None = None
    centre: str | None = None

    def build_conditions(self, today: date) -> list[ColumnElement[bool]]:
        """The filter as conditions of a query about a civil day."""
        conditions: list[ColumnElement[bool]] = [IS_RUNNING]
        if tenant_conditions := self.tenant.build_conditions():
            own_ids = select(Application.id).where(*tenant_conditions)
            conditions.append(col(TimeLimit.application_id).in_(own_ids))
        if self.states is not None:
            conditions.append(_state_on(today).in_(self.states))
        if self.centre is not None:
            conditions.append(col(TimeLimit.centre_number) == self.centre)
        return conditions


async def list_limits(
    session: AsyncSession,
    limit_filter: LimitFilter,
    today: date,
    cursor: str | None,
    limit: int,
    *,
    sort: str = "due_on",
) -> tuple[Sequence[TimeLimit], str | None]:
    """A page of running limits and the cursor of the next page, the nearest last day first.

    With `sort="-due_on"` the farthest is first.
    """
    query = select(TimeLimit).where(*limit_filter.build_conditions(today))
    sort_keys = [(col(TimeLimit.due_on), date), (col(TimeLimit.id), int)]
    return await get_sorted_page(session, query, sort_keys, cursor, limit, sort=sort)


async def count_limits(
    session: AsyncSession,
    limit_filter: LimitFilter,
    today: date,
    cursor: str | None,
    limit: int,
) -> tuple[list[LimitCount], str | None]:
    """How many limits run, are at risk or late, by centre and limit, and the next cursor.

    Raises `DomainError` for a cursor that this list did not give out.
    """
    limit_state = _state_on(today)
    state_label = limit_state.label("state")
    centre_number, name = col(TimeLimit.centre_number), col(TimeLimit.name)
    query = (
        select(TimeLimit.centre_number, TimeLimit.name, state_label, func.count())
        .where(*limit_filter.build_conditions(today))
        .group_by(centre_number, name, state_label)
        .order_by(centre_number, name, state_label)
        .limit(limit + 1)
    )
    if cursor is not None:
        position = tuple_(*decode_cursor(cursor, str, str, str))
        query = query.where(tuple_(centre_number, name, limit_state) > position)
    counts = [LimitCount(*row) for row in (await session.exec(query)).all()]
    if len(counts) <= limit:
        return counts, None
    last = counts[limit - 1]
    return counts[:limit], encode_cursor(last.centre_number, last.name, last.state)


def _state_on(today: date) -> Case[str]:
    """The state of a running limit on a civil date, as an SQL expression."""
    return case(
        (col(TimeLimit.due_on) < today, LimitState.LATE.value),
        (col(TimeLimit.at_risk_on) <= today, LimitState.AT_RISK.value),
        else_=LimitState.RUNNING.value,
    )
