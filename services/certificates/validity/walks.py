"""Walks: the next notices of certificates follow thresholds that were added to their plan.

A threshold that was removed needs no walk: the visit of its day enters nothing. A walk is a row,
written in the transaction that changes the plan; it goes on after any end of the process. It passes
by a certificate that is set aside, which is moved alone, whether the walk still goes on or not.
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
from services.certificates.validity.plan import share_plan
from shared.db import execute

PLAN_JOB = "notice-plan"
_WALKS_LOCK = func.hashtextextended("attesta.plan_walks", 0)
_FIRST_ID = UUID(int=0)
_AHEAD = """
    FROM certificate
    WHERE next_notice_on IS NOT NULL AND {is_chosen}
      AND (ends_on, id) > (:after_end, :after_id)
      AND CAST(id AS text) NOT IN (SELECT subject FROM set_aside WHERE job = 'notice-plan')
    ORDER BY ends_on, id LIMIT :limit
"""
_PULL_FORWARD = """
    WITH batch AS (
        SELECT id, qualification_id, ends_on, planned_from, next_notice_on {ahead}
        FOR NO KEY UPDATE
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
    SELECT ends_on, id, count(*) OVER () AS visited_count
    FROM batch ORDER BY ends_on DESC, id DESC LIMIT 1
"""
_AHEAD_OF_DEFAULT = _AHEAD.format(is_chosen="true")
_AHEAD_OF_OWN = _AHEAD.format(is_chosen="qualification_id = :qualification_id")
OWN_STATEMENT = text(_PULL_FORWARD.format(ahead=_AHEAD_OF_OWN, has_plan="true"))
# Certificates of a plan of their own are passed by, not left out: a batch reads so many rows, and
# no more, however many have one.
DEFAULT_STATEMENT = text(
    _PULL_FORWARD.format(
        ahead=_AHEAD_OF_DEFAULT,
        has_plan="batch.qualification_id NOT IN "
        "(SELECT qualification_id FROM notice_plan WHERE NOT follows_default)",
    )
)
_PULL_SINGLE = text(
    """
    WITH chosen AS (
        SELECT id, generation, qualification_id, ends_on, planned_from FROM certificate
        WHERE id = :certificate_id AND next_notice_on IS NOT NULL FOR NO KEY UPDATE
    ), pulled AS (
        SELECT chosen.id, min(planned.due_on) AS due_on
        FROM chosen, LATERAL plan_of(chosen.qualification_id, chosen.ends_on, chosen.planned_from)
            AS planned
        WHERE NOT EXISTS (SELECT FROM validity_notice AS entered
                          WHERE entered.certificate_id = chosen.id
                            AND entered.generation = chosen.generation
                            AND entered.threshold_days = planned.days)
        GROUP BY chosen.id
    )
    UPDATE certificate SET next_notice_on = pulled.due_on FROM pulled
    WHERE certificate.id = pulled.id AND pulled.due_on < certificate.next_notice_on
    """
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


async def walk_batch(context: CertificatesContext, limit: int) -> int:
    """Makes the next step of a walk over at most `limit` certificates; 0 when no walk is left.

    Otherwise how many were visited, or 1 where the walk has ended.
    """
    session = context.session
    await lock_walks(session)
    walk = await _find_walk(session)
    if walk is None:
        return 0
    await lock_many_certificates(session)
    is_default = walk.qualification_id == DEFAULT_PLAN
    statement = DEFAULT_STATEMENT if is_default else OWN_STATEMENT
    parameters = _build_parameters(walk, limit) | {"days": walk.days}
    last = (await execute(session, statement, parameters)).one_or_none()
    if last is None:
        await session.delete(walk)
    else:
        walk.after_end, walk.after_id = last.ends_on, last.id
    await session.flush()
    return 1 if last is None else int(last.visited_count)


async def find_next_walked(session: AsyncSession) -> UUID | None:
    """The certificate with which the next step of a walk begins."""
    walk = await _find_walk(session)
    if walk is None:
        return None
    is_default = walk.qualification_id == DEFAULT_PLAN
    query = text(f"SELECT id {_AHEAD_OF_DEFAULT if is_default else _AHEAD_OF_OWN}")
    parameters = _build_parameters(walk, limit=1)
    next_id: UUID | None = (await execute(session, query, parameters)).scalar_one_or_none()
    return next_id


async def pull_notice_forward(session: AsyncSession, certificate_id: UUID) -> None:
    """Lets the next notice of one certificate follow its plan, as the plan is now.

    What is left of the plan is what the ledger has not entered. Other writers of notices go on.
    """
    await share_plan(session)
    await execute(session, _PULL_SINGLE, {"certificate_id": certificate_id})


async def _find_walk(session: AsyncSession) -> PlanWalk | None:
    """The walk that goes on next: the default's is the last."""
    is_default = col(PlanWalk.qualification_id) == DEFAULT_PLAN
    query = select(PlanWalk).order_by(is_default, col(PlanWalk.qualification_id)).limit(1)
    return (await session.exec(query)).first()


def _build_parameters(walk: PlanWalk, limit: int) -> dict[str, object]:
    parameters = {"after_end": walk.after_end, "after_id": walk.after_id, "limit": limit}
    if walk.qualification_id == DEFAULT_PLAN:
        return parameters
    return {**parameters, "qualification_id": walk.qualification_id}


async def count_walks(session: AsyncSession) -> int:
    """How many walks have yet to end."""
    return int((await execute(session, select(func.count()).select_from(PlanWalk))).scalar_one())
