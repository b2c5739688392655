"""On which days notices are due: the plan of each qualification, and the default of the settings.

The days of a certificate's notices are computed in SQL, by the function `plan_of`, wherever they
are needed: at the issue, after a change, in the scan.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.queries import lock_many_certificates
from services.certificates.settings import CertificatesContext
from services.certificates.validity.models import DEFAULT_PLAN, NoticePlan
from services.certificates.validity.rules import EXPIRY_THRESHOLD
from shared.db import execute
from shared.job_states.states import lock_cursor, save_cursor

PLAN_JOB = "notice-plan"
BEGINNING = date(1, 1, 1)
"""Days that count from here count for all certificates."""
_PLAN_LOCK = func.hashtextextended("attesta.notice_plan", 0)
_FIND_NEXT_NOTICE = text(
    "SELECT min(due_on) FROM plan_of(:qualification_id, :ends_on, :planned_from)"
)
_PULL_FORWARD = text(
    """
    WITH batch AS (
        SELECT id, ends_on, planned_from FROM certificate
        WHERE next_notice_on IS NOT NULL AND ends_on >= :first_end
          AND (ends_on, id) > (:after_end, :after_id)
          AND NOT EXISTS (SELECT FROM notice_plan AS own
                          WHERE own.qualification_id = certificate.qualification_id)
        ORDER BY ends_on, id LIMIT :limit FOR NO KEY UPDATE
    ), moved AS (
        UPDATE certificate AS c SET next_notice_on = batch.ends_on - CAST(:days AS integer)
        FROM batch
        WHERE c.id = batch.id AND c.next_notice_on > batch.ends_on - CAST(:days AS integer)
          AND batch.ends_on - CAST(:days AS integer) > batch.planned_from
    )
    SELECT ends_on, id FROM batch ORDER BY ends_on DESC, id DESC LIMIT 1
    """
)


async def share_plan(session: AsyncSession) -> None:
    """Lets no plan change until the transaction ends; other writers of notices go on."""
    await execute(session, select(func.pg_advisory_xact_lock_shared(_PLAN_LOCK)))


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


async def apply_default_plan(context: CertificatesContext) -> list[int]:
    """Sets the default plan to the settings' thresholds; the days that were added.

    What is added counts from today. Nobody else writes notices meanwhile.
    """
    session = context.session
    days = [*context.settings.renewal_thresholds_days, EXPIRY_THRESHOLD]
    plan = await session.get(NoticePlan, DEFAULT_PLAN)
    if plan is not None and plan.days == days:
        return []
    await execute(session, select(func.pg_advisory_xact_lock(_PLAN_LOCK)))
    since_by_day = dict(zip(plan.days, plan.since, strict=True)) if plan else {}
    added_days = [day for day in days if day not in since_by_day]
    since = [since_by_day.get(day, context.today if plan else BEGINNING) for day in days]
    statement = insert(NoticePlan).values(qualification_id=DEFAULT_PLAN, days=days, since=since)
    await execute(
        session,
        statement.on_conflict_do_update(
            index_elements=[col(NoticePlan.qualification_id)], set_={"days": days, "since": since}
        ),
    )
    return added_days if plan else []


async def pull_notices_forward(context: CertificatesContext, cursor: str, limit: int) -> str | None:
    """Moves the next notice of one batch to a threshold that was added, where that is earlier.

    `cursor` is `<days>/<since>/<last end>/<last id>`; returns the next one, None at the end. A
    threshold that was removed needs no walk: the visit of its day enters nothing.
    """
    await lock_many_certificates(context.session)
    days_text, since_text, after_end, after_id = cursor.split("/")
    days, since = int(days_text), date.fromisoformat(since_text)
    row = (
        await execute(
            context.session,
            _PULL_FORWARD,
            {
                "days": days,
                "first_end": since + timedelta(days=days),
                "after_end": date.fromisoformat(after_end),
                "after_id": UUID(after_id),
                "limit": limit,
            },
        )
    ).one_or_none()
    return None if row is None else f"{days}/{since}/{row.ends_on}/{row.id}"


async def begin_walks(context: CertificatesContext) -> None:
    """Follows the settings' thresholds: a walk for each that was added is yet to be made.

    It is marked in the job's state in the transaction that adds the threshold, so that it is
    resumed after any end of the process.
    """
    walks = _split_walks(await lock_cursor(context.session, PLAN_JOB))
    added_days = await apply_default_plan(context)
    walks += [f"{days}/{context.today}/{BEGINNING}/{DEFAULT_PLAN}" for days in added_days]
    await save_cursor(context.session, PLAN_JOB, " ".join(walks) or None)


async def walk_plan_batch(context: CertificatesContext) -> int:
    """Makes the next step of the first walk; 0 when none is left."""
    walks = _split_walks(await lock_cursor(context.session, PLAN_JOB))
    if not walks:
        return 0
    next_cursor = await pull_notices_forward(context, walks[0], context.settings.scan_batch)
    walks = [*([next_cursor] if next_cursor else []), *walks[1:]]
    await save_cursor(context.session, PLAN_JOB, " ".join(walks) or None)
    return 1


def _split_walks(cursor: str | None) -> list[str]:
    """The walks that have yet to end, each as `pull_notices_forward` takes it."""
    return cursor.split() if cursor else []
