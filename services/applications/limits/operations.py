"""The time limits of an application: begun, met, cancelled, reported. None commits."""

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


async def record_procedure_event(
    session: AsyncSession,
    application: Application,
    event: str,
    on: date,
    settings: ApplicationsSettings,
    appeal_id: UUID | None = None,
) -> None:
    """Ends the time limits that the event meets, and begins those that it starts.

    `on` is the civil date of the event; `appeal_id` names the appeal whose limits it touches.
    """
    rules = settings.time_limit_rules
    for time_limit in await queries.lock_running_limits(
        session, application.id, rules.names_ended_by(event), appeal_id
    ):
        time_limit.ended_on, time_limit.next_report_on = on, None
    for rule in rules.rules_started_by(event):
        due_on = rule.due_on(on, settings.holidays)
        session.add(
            TimeLimit(
                application_id=application.id,
                appeal_id=appeal_id,
                name=rule.name,
                round=await queries.count_rounds(session, application.id, rule.name) + 1,
                centre_number=application.centre_number,
                responsible=rule.responsible,
                source=rule.source,
                begun_on=on,
                at_risk_on=rule.at_risk_on(due_on),
                due_on=due_on,
                next_report_on=rule.at_risk_on(due_on),
            )
        )
    await session.flush()


async def cancel_limits(
    session: AsyncSession, application_id: UUID, appeal_id: UUID | None = None
) -> None:
    """Cancels the running limits of an application, or of its appeal: they no longer apply."""
    query = select(TimeLimit).where(
        queries.IS_RUNNING,
        TimeLimit.application_id == application_id,
        col(TimeLimit.appeal_id).is_not_distinct_from(appeal_id),
    )
    for limit in (await session.exec(query.with_for_update())).all():
        limit.cancelled, limit.next_report_on = True, None
    await session.flush()


async def report_due_limits(
    session: AsyncSession, now: datetime, settings: ApplicationsSettings
) -> int:
    """Publishes events for one batch of limits that became at risk or late; the number of limits.

    Each state is reported once. After an outage a late limit is reported as at risk and as
    late, in this order, with the day on which it was noticed.
    """
    today = civil_date(now, settings.time_zone)
    batch = await queries.lock_reportable_limits(session, today, settings.scan_batch)
    for limit in batch:
        if limit.at_risk_reported_on is None:
            limit.at_risk_reported_on = today
            await outbox.record_events(
                session, TimeLimitAtRisk(**_event_fields(limit, today)), now=now
            )
        if limit.due_on < today:
            limit.late_reported_on = today
            await outbox.record_events(
                session, TimeLimitBroken(**_event_fields(limit, today)), now=now
            )
        is_late = limit.late_reported_on is not None
        limit.next_report_on = None if is_late else date.fromordinal(limit.due_on.toordinal() + 1)
    await session.flush()
    return len(batch)


def _event_fields(limit: TimeLimit, today: date) -> dict[str, object]:
    return {
        "application_id": limit.application_id,
        "appeal_id": limit.appeal_id,
        "centre_number": limit.centre_number,
        "limit": limit.name,
        "responsible": limit.responsible,
        "begun_on": limit.begun_on,
        "due_on": limit.due_on,
        "noticed_on": today,
    }
