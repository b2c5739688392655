"""Changes of plans: the settings' default, and what councils say of their qualifications.

The plans in force are changed by schedulers alone. A threshold that is added counts from the day on
which the plan changes; one that stays counts from the day from which it did. None commits.
"""

from datetime import timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesContext
from services.certificates.validity.models import DEFAULT_PLAN, CouncilPlan, NoticePlan
from services.certificates.validity.plan import carry_since, get_default_plan, lock_plan
from services.certificates.validity.rules import EXPIRY_THRESHOLD
from services.certificates.validity.walks import (
    begin_walk,
    count_walks,
    list_walked_days,
    lock_walks,
)
from shared import logs
from shared.db import execute
from shared.events.catalog import QualificationNoticePlanSet

PLAN_BATCH = 100
"""Plans of councils that are applied in one transaction."""
CONFIRMED_ROUNDS = 3
"""For so many rounds of a scheduler the default stays that of its settings."""

log = logs.get_logger(__name__)


async def keep_council_plan(
    context: CertificatesContext, event: QualificationNoticePlanSet
) -> None:
    """Keeps what a council said, unless it has said something since; the scheduler applies it."""
    thresholds = None if event.thresholds_days is None else list(event.thresholds_days)
    statement = insert(CouncilPlan).values(
        qualification_id=event.qualification_id,
        revision=event.revision,
        thresholds_days=thresholds,
        applied_revision=0,
    )
    values = {"revision": event.revision, "thresholds_days": thresholds}
    await execute(
        context.session,
        statement.on_conflict_do_update(
            index_elements=[col(CouncilPlan.qualification_id)],
            set_=values,
            where=col(CouncilPlan.revision) < event.revision,
        ),
    )


async def follow_settings(context: CertificatesContext) -> None:
    """Confirms the default plan where it is that of the settings, else changes it to that.

    While a scheduler of other settings confirms its own, the default stays: in a rolling release it
    changes once, when the last scheduler of the old settings has ended.
    """
    session = context.session
    days = [*context.settings.renewal_thresholds_days, EXPIRY_THRESHOLD]
    plan = await get_default_plan(session)
    if plan.days == days:
        await confirm_default_plan(context)
        return
    if _is_confirmed(context, plan):
        log.warning("notice_plan.settings_wait", confirmed_until=str(plan.confirmed_until))
        return
    await lock_walks(session)
    await lock_plan(session)
    plan = await get_default_plan(session)
    if plan.days == days or _is_confirmed(context, plan):
        return
    added_days = set(days).difference(plan.days)
    query = select(NoticePlan).where(col(NoticePlan.follows_default))
    for follower in (await session.exec(query)).all():
        _change_days(context, follower, days)
    plan.confirmed_until = context.now + _confirmed_time(context)
    await begin_walk(session, plan, added_days)


def _is_confirmed(context: CertificatesContext, plan: NoticePlan) -> bool:
    return plan.confirmed_until is not None and plan.confirmed_until > context.now


async def confirm_default_plan(context: CertificatesContext) -> None:
    """Confirms the default, where it is that of the settings.

    Only in the last two thirds of its time: a plan that is read with every notice is seldom
    written.
    """
    days = [*context.settings.renewal_thresholds_days, EXPIRY_THRESHOLD]
    confirmed_until = col(NoticePlan.confirmed_until)
    last_moment = context.now + _confirmed_time(context) * 2 / 3
    await execute(
        context.session,
        update(NoticePlan)
        .where(
            col(NoticePlan.qualification_id) == DEFAULT_PLAN,
            col(NoticePlan.days) == days,
            confirmed_until.is_(None) | (confirmed_until < last_moment),
        )
        .values(confirmed_until=context.now + _confirmed_time(context)),
    )


def _confirmed_time(context: CertificatesContext) -> timedelta:
    return timedelta(seconds=CONFIRMED_ROUNDS * context.settings.scan_interval_seconds)


async def apply_council_plans(context: CertificatesContext) -> int:
    """Applies what councils have said since, for some qualifications; 0 when nothing was left."""
    session = context.session
    query = (
        select(CouncilPlan)
        .where(col(CouncilPlan.applied_revision) < col(CouncilPlan.revision))
        .order_by(col(CouncilPlan.qualification_id))
        .limit(PLAN_BATCH)
        .with_for_update()
    )
    council_plans = (await session.exec(query)).all()
    if not council_plans:
        return 0
    await lock_walks(session)
    await lock_plan(session)
    default_plan = await get_default_plan(session)
    for council_plan in council_plans:
        await _apply_council_plan(context, council_plan, default_plan)
    await session.flush()
    return len(council_plans)


async def _apply_council_plan(
    context: CertificatesContext, council_plan: CouncilPlan, default_plan: NoticePlan
) -> None:
    """Changes the plan of a qualification from its own, or the default, to what was said.

    A qualification that comes back to the default keeps a row: what the default has and its own
    plan lacked counts for it from today only.
    """
    session = context.session
    council_plan.applied_revision = council_plan.revision
    thresholds = council_plan.thresholds_days
    plan = await session.get(NoticePlan, council_plan.qualification_id)
    if plan is None and thresholds is None:
        return
    if plan is None:
        plan = NoticePlan(
            qualification_id=council_plan.qualification_id,
            days=default_plan.days,
            since=default_plan.since,
            follows_default=True,
        )
        session.add(plan)
    unwalked_days = set()
    if plan.follows_default:
        unwalked_days = set(await list_walked_days(session, DEFAULT_PLAN))
    days = default_plan.days if thresholds is None else [*thresholds, EXPIRY_THRESHOLD]
    added_days = set(days).difference(plan.days) | unwalked_days.intersection(days)
    _change_days(context, plan, days)
    plan.follows_default = thresholds is None
    await begin_walk(session, plan, added_days)


def _change_days(context: CertificatesContext, plan: NoticePlan, days: list[int]) -> None:
    plan.since = carry_since(plan.get_since_by_day(), days, context.today)
    plan.days = days


async def count_plan_changes(session: AsyncSession) -> int:
    """How many plans of councils are yet to be applied, and walks yet to end."""
    query = select(func.count()).where(
        col(CouncilPlan.applied_revision) < col(CouncilPlan.revision)
    )
    return int((await session.exec(query)).one()) + await count_walks(session)
