"""On which days notices are due: the plan of each qualification, and the default of all others.

The days of a certificate's notices are computed in SQL, by the function `plan_of`, wherever they
are needed: at the issue, after a change, in the scan.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.validity.models import DEFAULT_PLAN, NoticePlan
from shared.db import execute

_PLAN_LOCK = func.hashtextextended("attesta.notice_plan", 0)
_SHORT_WAIT = text("SET LOCAL lock_timeout = '2s'")
_FIND_NEXT_NOTICES = text(
    """
    SELECT (SELECT min(due_on)
            FROM plan_of(planned.qualification_id, planned.ends_on, planned.planned_from))
    FROM unnest(CAST(:qualification_ids AS uuid[]), CAST(:ends_on AS date[]),
                CAST(:planned_from AS date[])) WITH ORDINALITY
        AS planned (qualification_id, ends_on, planned_from, place)
    ORDER BY planned.place
    """
)


async def share_plan(session: AsyncSession) -> None:
    """Lets no plan change until the transaction ends; other writers of notices go on."""
    await execute(session, select(func.pg_advisory_xact_lock_shared(_PLAN_LOCK)))


async def lock_plan(session: AsyncSession) -> None:
    """Keeps all writers of notices out until the transaction ends.

    Whoever comes later waits behind the one that waits here, the issue of certificates as well: so
    it gives up after two seconds, as while a long extension runs, and the round is begun again.
    """
    await execute(session, _SHORT_WAIT)
    await execute(session, select(func.pg_advisory_xact_lock(_PLAN_LOCK)))


class PlannedEnd(NamedTuple):
    """An end of validity that has had no notice: on what its notices depend."""

    qualification_id: UUID
    ends_on: date
    planned_from: date


async def find_next_notices(
    session: AsyncSession, ends: Collection[PlannedEnd]
) -> dict[PlannedEnd, date | None]:
    """The first day on which a notice of each end is due."""
    in_one_order = list(ends)
    qualification_ids, end_days, first_days = zip(*in_one_order, strict=True)
    parameters = {
        "qualification_ids": list(qualification_ids),
        "ends_on": list(end_days),
        "planned_from": list(first_days),
    }
    days = (await execute(session, _FIND_NEXT_NOTICES, parameters)).scalars()
    return dict(zip(in_one_order, days, strict=True))


async def get_default_plan(session: AsyncSession) -> NoticePlan:
    """The default plan as it is stored now: the migrations make it, and nobody deletes it."""
    return await session.get_one(NoticePlan, DEFAULT_PLAN, populate_existing=True)


def carry_since(since_by_day: Mapping[int, date], days: Iterable[int], today: date) -> list[date]:
    """From which day each threshold of a new plan counts: the old one's, or today if it is new."""
    return [since_by_day.get(day, today) for day in days]
