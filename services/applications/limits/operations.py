"""The limits of law on an application: set running, met, called off, told. None commits."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.limits import queries
from services.applications.limits.models import TimeLimit
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.events.applications import TimeLimitAtRisk, TimeLimitBroken
from shared.messaging import outbox


async def happened(
    session: AsyncSession,
    application: Application,
    event: str,
    on: date,
    settings: ApplicationsSettings,
    appeal_id: UUID | None = None,
) -> None:
    """Ends the limits that the event meets, and sets those running that it begins."""
    known = settings.time_limits
    for ended in await queries.running(session, application.id, known.ended_by(event), appeal_id):
        ended.ended_on, ended.next_on = on, None
    for limit in known.begun_by(event):
        due_on = limit.due_on(on, settings.holidays)
        session.add(
            TimeLimit(
                application_id=application.id,
                appeal_id=appeal_id,
                name=limit.name,
                round=await queries.rounds(session, application.id, limit.name) + 1,
                centre_number=application.centre_number,
                answers=limit.answers,
                source=limit.source,
                begun_on=on,
                at_risk_on=limit.at_risk_on(due_on),
                due_on=due_on,
                next_on=limit.at_risk_on(due_on),
            )
        )
    await session.flush()


async def call_off(
    session: AsyncSession, application_id: UUID, appeal_id: UUID | None = None
) -> None:
    """Nobody need meet these any more: the application, or its appeal, was taken back."""
    query = select(TimeLimit).where(
        queries.RUNS,
        TimeLimit.application_id == application_id,
        col(TimeLimit.appeal_id).is_not_distinct_from(appeal_id),
    )
    for limit in (await session.exec(query.with_for_update())).all():
        limit.cancelled, limit.next_on = True, None
    await session.flush()


async def tell_due(session: AsyncSession, now: datetime, settings: ApplicationsSettings) -> int:
    """One batch of the scan: tells what became at risk or late; how many limits it saw to.

    Each is told once, also when the scan was away for days: then what is late is told as at risk
    and as late, in this order, with the day on which it was noticed.
    """
    today = civil_date(now, settings.time_zone)
    batch = await queries.to_tell(session, today, settings.scan_batch)
    for limit in batch:
        if limit.told_at_risk_on is None:
            limit.told_at_risk_on = today
            await outbox.record(session, TimeLimitAtRisk(**_facts(limit, today)), now=now)
        if limit.due_on < today:
            limit.told_late_on = today
            await outbox.record(session, TimeLimitBroken(**_facts(limit, today)), now=now)
        late = limit.told_late_on is not None
        limit.next_on = None if late else date.fromordinal(limit.due_on.toordinal() + 1)
    await session.flush()
    return len(batch)


def _facts(limit: TimeLimit, today: date) -> dict[str, object]:
    return {
        "application_id": limit.application_id,
        "appeal_id": limit.appeal_id,
        "centre_number": limit.centre_number,
        "limit": limit.name,
        "answers": limit.answers,
        "begun_on": limit.begun_on,
        "due_on": limit.due_on,
        "noticed_on": today,
    }
