"""On which days notices are due: the plan of each qualification, and the default of all others.

The days of a certificate's notices are computed in SQL, by the function `plan_of`, wherever they
are needed: at the issue, after a change, in the scan.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.validity.models import DEFAULT_PLAN, NoticePlan
from shared.db import execute

_PLAN_LOCK = func.hashtextextended("attesta.notice_plan", 0)
_SHORT_WAIT = text("SET LOCAL lock_timeout = '2s'")
_FIND_NEXT_NOTICE = text(
    "SELECT min(due_on) FROM plan_of(:qualification_id, :ends_on, :planned_from)"
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


async def find_next_notice(
    session: AsyncSession, qualification_id: UUID, ends_on: date, planned_from: date
) -> date | None:
    """The first day on which a notice is due, of an end that has had none."""
    parameters = {
        "qualification_id": qualification_id,
        "ends_on": ends_on,
        "planned_from": planned_from,
    }
    next_notice_on: date | None = (
        await execute(session, _FIND_NEXT_NOTICE, parameters)
    ).scalar_one()
    return next_notice_on


async def get_default_plan(session: AsyncSession) -> NoticePlan:
    """The default plan as it is stored now: the migrations make it, and nobody deletes it."""
    return await session.get_one(NoticePlan, DEFAULT_PLAN, populate_existing=True)


def carry_since(since_by_day: Mapping[int, date], days: Iterable[int], today: date) -> list[date]:
    """From which day each threshold of a new plan counts: the old one's, or today if it is new."""
    return [since_by_day.get(day, today) for day in days]
