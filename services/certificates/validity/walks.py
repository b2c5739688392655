"""Walks: the next notices of certificates follow thresholds that were added to their plan.

A threshold that was removed needs no walk: the visit of its day enters nothing. A walk is a row,
written in the transaction that changes the plan; it goes on after any end of the process.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.queries import lock_many_certificates
from services.certificates.settings import CertificatesContext
from services.certificates.validity.models import DEFAULT_PLAN, NoticePlan, PlanWalk
from shared.db import execute

_WALKS_LOCK = func.hashtextextended("attesta.plan_walks", 0)
_FIRST_ID = UUID(int=0)
_PULL_FORWARD = """
    WITH batch AS (
        SELECT id, qualification_id, ends_on, planned_from, next_notice_on FROM certificate
        WHERE next_notice_on IS NOT NULL AND {is_chosen}
          AND (ends_on, id) > (:after_end, :after_id)
        ORDER BY ends_on, id LIMIT :limit FOR NO KEY UPDATE
    ), pulled AS (
        SELECT batch.id, min(planned.due_on) AS due_on
        FROM batch, LATERAL plan_of(batch.qualification_id, batch.ends_on, batch.planned_from)
            AS planned
        WHERE planned.days = ANY (:days) AND planned.due_on < batch.next_notice_on
          AND {has_plan}
        GROUP BY batch.id
    ), moved AS (
        UPDATE certificate SET next_notice_on = pulled.due_on FROM pulled
        WHERE certificate.id = pulled.id
    )
    SELECT ends_on, id FROM batch ORDER BY ends_on DESC, id DESC LIMIT 1
"""
OWN_STATEMENT = text(
    _PULL_FORWARD.format(is_chosen="qualification_id = :qualification_id", has_plan="true")
)
# Certificates of a plan of their own are passed by, not left out: a batch reads so many rows, and
# no more, however many have one.
DEFAULT_STATEMENT = text(
    _PULL_FORWARD.format(
        is_chosen="true",
        has_plan="batch.qualification_id NOT IN "
        "(SELECT qualification_id FROM notice_plan WHERE NOT follows_default)",
    )
)


async def lock_walks(session: AsyncSession) -> None:
    """Lets nobody else begin or make a walk until the transaction ends.

    Taken before every other lock of plans and certificates.
    """
    await execute(session, select(func.pg_advisory_xact_lock(_WALKS_LOCK)))


async def begin_walk(session: AsyncSession, plan: NoticePlan, added_days: Collection[int]) -> None:
    """Marks that the certificates of a plan are to be walked for the thresholds added to it.

    What an earlier walk of them has left is walked with it, from the beginning. Walks are locked.
    """
    walk = await session.get(PlanWalk, plan.qualification_id)
    days = {*added_days, *(walk.days if walk else ())}.intersection(plan.days)
    if not days:
        if walk is not None:
            await session.delete(walk)
        return
    since_by_day = plan.get_since_by_day()
    first_end = min(since_by_day[day] + timedelta(days=day) for day in days)
    new_walk = PlanWalk(
        qualification_id=plan.qualification_id,
        days=sorted(days),
        after_end=first_end,
        after_id=_FIRST_ID,
    )
    await session.merge(new_walk)


async def list_walked_days(session: AsyncSession, qualification_id: UUID) -> list[int]:
    """The thresholds to which a walk has yet to move next notices; none without a walk."""
    walk = await session.get(PlanWalk, qualification_id)
    return [] if walk is None else walk.days


async def walk_batch(context: CertificatesContext) -> int:
    """Makes the next step of a walk, the default's last; 0 when no walk is left."""
    session = context.session
    await lock_walks(session)
    is_default = col(PlanWalk.qualification_id) == DEFAULT_PLAN
    query = select(PlanWalk).order_by(is_default, col(PlanWalk.qualification_id)).limit(1)
    walk = (await session.exec(query)).first()
    if walk is None:
        return 0
    await lock_many_certificates(session)
    parameters = {
        "days": walk.days,
        "after_end": walk.after_end,
        "after_id": walk.after_id,
        "limit": context.settings.scan_batch,
    }
    if walk.qualification_id == DEFAULT_PLAN:
        result = await execute(session, DEFAULT_STATEMENT, parameters)
    else:
        result = await execute(
            session, OWN_STATEMENT, {**parameters, "qualification_id": walk.qualification_id}
        )
    last = result.one_or_none()
    if last is None:
        await session.delete(walk)
    else:
        walk.after_end, walk.after_id = last.ends_on, last.id
    await session.flush()
    return 1


async def count_walks(session: AsyncSession) -> int:
    """How many walks have yet to end."""
    return int((await execute(session, select(func.count()).select_from(PlanWalk))).scalar_one())
