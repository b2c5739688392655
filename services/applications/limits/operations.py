"""The time limits of an application: begun, met, cancelled, reported. None commits."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.limits.models import TimeLimit
from services.applications.limits.queries import (
    IS_RUNNING,
    count_rounds,
    lock_reportable_limit,
    lock_reportable_limits,
    lock_running_limits,
)
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.events.applications import TimeLimitAtRisk, TimeLimitBroken
from shared.messaging.outbox import record_events


async def record_procedure_event(
    context: ApplicationsContext,
    application: Application,
    event: ProcedureEvent,
    event_date: date,
    appeal_id: UUID | None = None,
) -> None:
    """Ends the time limits that the event meets, and begins those that it starts.

    `appeal_id` names the appeal whose limits it touches.
    """
    session, rules = context.session, context.settings.time_limit_rules
    names_ended = rules.names_ended_by(event)
    for limit in await lock_running_limits(session, application.id, names_ended, appeal_id):
        limit.ended_on, limit.next_report_on = event_date, None
    for rule in rules.rules_started_by(event):
        calendar, council = context.settings.work_calendar, application.council
        counted_until, due_on = rule.last_day(event_date, calendar, council)
        length = rule.length_for(council)
        at_risk_on = rule.at_risk_on(event_date, due_on)
        session.add(
            TimeLimit(
                application_id=application.id,
                appeal_id=appeal_id,
                name=rule.name,
                round=await count_rounds(session, application.id, rule.name) + 1,
                centre_number=application.centre_number,
                responsible=rule.responsible,
                source=length.source,
                sources=length.sources,
                begun_on=event_date,
                counted_until=counted_until,
                at_risk_on=at_risk_on,
                due_on=due_on,
                next_report_on=at_risk_on,
            )
        )
    await session.flush()


def find_last_day(
    context: ApplicationsContext, application: Application, name: str, begun_on: date
) -> date:
    """The last day of the limit of this name, by the rules of the application's council."""
    rule = context.settings.time_limit_rules.find_rule(name)
    return rule.last_day(begun_on, context.settings.work_calendar, application.council).due_on


async def cancel_limits(
    session: AsyncSession, application_id: UUID, appeal_id: UUID | None = None
) -> None:
    """Cancels the running limits of an application, or of its appeal: they no longer apply."""
    query = select(TimeLimit).where(
        IS_RUNNING,
        TimeLimit.application_id == application_id,
        col(TimeLimit.appeal_id).is_not_distinct_from(appeal_id),
    )
    for limit in (await session.exec(query.with_for_update())).all():
        limit.cancelled, limit.next_report_on = True, None
    await session.flush()


async def report_due_limits(context: ApplicationsContext, batch_size: int) -> int:
    """Publishes events for one batch of limits that became at risk or late; the number of limits.

    Each state is reported once. After an outage a late limit is reported as at risk and as
    late, in this order, with the day on which it was noticed.
    """
    batch = await lock_reportable_limits(context.session, context.today, batch_size)
    return await _report_limits(context, batch)


async def report_limit(context: ApplicationsContext, limit_id: int) -> int:
    """Publishes the events of one limit, which may be set aside, where some are due."""
    batch = await lock_reportable_limit(context.session, context.today, limit_id)
    return await _report_limits(context, batch)


async def _report_limits(context: ApplicationsContext, batch: Sequence[TimeLimit]) -> int:
    session, today = context.session, context.today
    for limit in batch:
        fields = _event_fields(limit, today)
        if limit.at_risk_reported_on is None:
            limit.at_risk_reported_on = today
            await record_events(session, TimeLimitAtRisk(**fields), now=context.now)
        if limit.due_on < today:
            limit.late_reported_on = today
            await record_events(session, TimeLimitBroken(**fields), now=context.now)
        is_late = limit.late_reported_on is not None
        limit.next_report_on = None if is_late else limit.due_on + timedelta(days=1)
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
