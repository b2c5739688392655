"""Appeals, from the complaint to its execution (order 701n). None commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals import rules
from services.applications.appeals.models import Appeal
from services.applications.appeals.panel import check_members
from services.applications.appeals.queries import list_appeals
from services.applications.appeals.remedies import list_remedies, reopen_application
from services.applications.appeals.rules import REOPENING_COMMANDS, AppealOutcome
from services.applications.appeals.schemas import (
    AppealDecisionRequest,
    AppealRegistrationRequest,
    AppealRequest,
    DatedStepRequest,
    HearingRequest,
)
from services.applications.appeals.status import (
    OPEN_STATUSES,
    TRANSITIONS,
    AppealCommand,
    AppealStatus,
)
from services.applications.application.models import Application
from services.applications.application.operations import append_confirmation, append_history
from services.applications.application.queries import lock_application
from services.applications.application.rules import check_day
from services.applications.application.schemas import HistoryFacts, StepRequest
from services.applications.limits.operations import (
    cancel_limits,
    find_last_day,
    record_procedure_event,
)
from services.applications.limits.rules import APPEAL_FILING, HEARING_NOTICE, ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.clock import civil_date
from shared.db import execute
from shared.errors import AlreadyExists, NotFound, RuleViolation, check_version


@dataclass(frozen=True, slots=True)
class AppealStep:
    """An appeal in a step that the transitions allow, and its application; both are locked."""

    appeal: Appeal
    application: Application


def _build_appeal_facts(appeal: Appeal, command: AppealCommand) -> HistoryFacts:
    """What the history says of the step that the appeal has just taken."""
    number = appeal.registration_number
    if command is AppealCommand.SET_HEARING:
        return HistoryFacts(appeal_number=number, starts_at=appeal.hearing_at, place=appeal.place)
    if command is AppealCommand.DECIDE:
        return HistoryFacts(appeal_number=number, outcome=appeal.outcome, day=appeal.decided_on)
    days = {
        AppealCommand.REGISTER: appeal.registered_on,
        AppealCommand.SEND: appeal.sent_on,
        AppealCommand.EXECUTE: appeal.executed_on,
        AppealCommand.REPORT: appeal.reported_on,
        AppealCommand.ENTER_IN_REGISTRY: appeal.registry_entered_on,
    }
    return HistoryFacts(appeal_number=number, day=days.get(command))


@asynccontextmanager
async def take_appeal_step(
    context: ApplicationsContext, appeal_id: UUID, command: AppealCommand
) -> AsyncIterator[AppealStep]:
    """One step of an appeal; at its end the new status, the revision, the application's history.

    Locks the application, then the appeal. When the block raises, nothing is set. Raises
    `NotFound`, `StaleVersion`, `IllegalTransition` before the block.
    """
    session = context.session
    appeal = await session.get(Appeal, appeal_id)
    if appeal is None:
        raise NotFound("appeal.unknown", f"There is no appeal {appeal_id}.")
    application = await lock_application(session, appeal.application_id)
    await session.refresh(appeal)
    check_version(appeal.revision, context.expected_revision)
    target = TRANSITIONS.next_status(appeal.status, command)
    yield AppealStep(appeal, application)
    appeal.status = target
    appeal.revision += 1
    facts = _build_appeal_facts(appeal, command)
    append_history(context, application, f"appeal_{command}", application.status, facts)
    await session.flush()


async def file_appeal(
    context: ApplicationsContext, application_id: UUID, body: AppealRequest
) -> UUID:
    """Files an appeal on one of the law's grounds; its id.

    Raises `NotFound`, `AlreadyExists` when the same complaint is open, and `RuleViolation` when it
    is late, the appellant is no party, or nothing can be appealed.
    """
    application = await lock_application(context.session, application_id)
    last_day = find_last_day(context, application, APPEAL_FILING, body.informed_on)
    rules.check_filing_days(body.informed_on, body.filed_on, context.today, last_day)
    check_day(body.informed_on, "/informed_on", application.received_on, context.today)
    payer_kind = application.payer.kind if application.payer is not None else None
    rules.check_appellant(body.appellant, payer_kind)
    rules.check_appealable(body.ground, application.status)
    if application.erased_on is not None:
        raise RuleViolation("appeal.erased", "The file was erased when its term had ended.")
    await _check_new(context.session, application_id, body)
    appeal = Appeal(application_id=application_id, status=AppealStatus.FILED, **body.model_dump())
    context.session.add(appeal)
    await context.session.flush()
    await record_procedure_event(
        context, application, ProcedureEvent.APPEAL_FILED, body.filed_on, appeal.id
    )
    appellant_context = context.acting_as(body.appellant)
    facts = HistoryFacts(day=body.filed_on)
    append_history(appellant_context, application, "appeal_file", application.status, facts)
    await context.session.flush()
    return appeal.id


async def _check_new(session: AsyncSession, application_id: UUID, body: AppealRequest) -> None:
    """Raises `AlreadyExists` when the same complaint, word for word, is open."""
    for appeal in await list_appeals(session, application_id):
        is_same = appeal.model_dump(include=set(AppealRequest.model_fields)) == body.model_dump()
        if is_same and appeal.status in OPEN_STATUSES:
            raise AlreadyExists(
                "appeal.again",
                f"The same complaint is being dealt with as appeal {appeal.id}.",
                extra={"appeal_id": str(appeal.id)},
            )


async def register_appeal(
    context: ApplicationsContext, appeal_id: UUID, body: AppealRegistrationRequest
) -> Appeal:
    """Records that the commission registered the appeal and informed the appellant.

    Raises as `take_appeal_step`, and `RuleViolation`.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.REGISTER) as step:
        appeal = step.appeal
        check_day(body.registered_on, "/registered_on", appeal.filed_on, context.today)
        appeal.registration_number = body.registration_number
        appeal.registered_on = body.registered_on
        event = ProcedureEvent.APPEAL_REGISTERED
        await record_procedure_event(
            context, step.application, event, body.registered_on, appeal_id
        )
    return appeal


async def set_appeal_hearing(
    context: ApplicationsContext, appeal_id: UUID, body: HearingRequest
) -> Appeal:
    """Sets the hearing, with the notice to the appellant that the settings ask for.

    Raises as `take_appeal_step`, and `RuleViolation`.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.SET_HEARING) as step:
        hearing_on = civil_date(body.starts_at, context.settings.time_zone)
        notice = context.settings.time_limit_rules.find_rule(HEARING_NOTICE)
        notice_days = notice.length_for(step.application.council).days
        rules.check_hearing_notice(body.notified_on, hearing_on, context.today, notice_days)
        appeal = step.appeal
        appeal.hearing_at, appeal.place = body.starts_at, body.place
        appeal.hearing_notified_on = body.notified_on
    return appeal


async def decide_appeal(
    context: ApplicationsContext, appeal_id: UUID, body: AppealDecisionRequest
) -> Appeal:
    """Records the commission's decision by its votes; a satisfied appeal reopens the application.

    Raises as `take_appeal_step`, and `RuleViolation`, also for a remedy that cannot reach the
    application where it stands.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.DECIDE) as step:
        appeal = step.appeal
        confirmed_pairs = await check_members(context.session, step.appeal, step.application, body)
        append_confirmation(context, step.application, confirmed_pairs)
        satisfied = await _check_decision(context, step, body)
        appeal.outcome, appeal.remedy, appeal.reasons = body.outcome, body.remedy, body.reasons
        appeal.decided_on, appeal.chair = body.decided_on, body.chair
        appeal.members = tuple(body.members)
        events = [ProcedureEvent.APPEAL_DECIDED]
        if satisfied:
            events.append(ProcedureEvent.APPEAL_SATISFIED)
        for event in events:
            await record_procedure_event(
                context, step.application, event, body.decided_on, appeal_id
            )
        if body.remedy in REOPENING_COMMANDS:
            facts = HistoryFacts(appeal_number=appeal.registration_number, day=body.decided_on)
            await reopen_application(context, step.application, body.remedy, facts)
    return appeal


async def send_appeal_decision(
    context: ApplicationsContext, appeal_id: UUID, body: DatedStepRequest
) -> Appeal:
    """Records the day on which the decision went to the appellant and the centre.

    Raises as `take_appeal_step`, and `RuleViolation`.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.SEND) as step:
        appeal = step.appeal
        assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
        check_day(body.completed_on, "/completed_on", appeal.decided_on, context.today)
        appeal.sent_on = body.completed_on
        event = ProcedureEvent.APPEAL_DECISION_SENT
        await record_procedure_event(context, step.application, event, body.completed_on, appeal_id)
    return appeal


async def execute_appeal_decision(
    context: ApplicationsContext, appeal_id: UUID, body: DatedStepRequest
) -> Appeal:
    """Records that the centre did what the satisfied appeal asks for.

    Raises as `take_appeal_step`, and `RuleViolation` when the appeal was refused.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.EXECUTE) as step:
        appeal = step.appeal
        if appeal.outcome == AppealOutcome.REFUSED:
            raise RuleViolation("appeal.refused", "The appeal was refused: nothing is to be done.")
        assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
        check_day(body.completed_on, "/completed_on", appeal.decided_on, context.today)
        appeal.executed_on = body.completed_on
        event = ProcedureEvent.APPEAL_EXECUTED
        await record_procedure_event(context, step.application, event, body.completed_on, appeal_id)
    return appeal


async def withdraw_appeal(
    context: ApplicationsContext,
    appeal_id: UUID,
    body: StepRequest,  # noqa: ARG001 - whom it names as actor, the context has
) -> Appeal:
    """Withdraws the appeal for the appellant and cancels its time limits.

    Raises as `take_appeal_step`.
    """
    async with take_appeal_step(context, appeal_id, AppealCommand.WITHDRAW) as step:
        await cancel_limits(context.session, step.application.id, appeal_id)
    return step.appeal


async def erase_appeals(context: ApplicationsContext, application_id: UUID) -> int:
    """Empties names, complaints and reasons of an application's appeals; the number of rows."""
    statement = (
        update(Appeal)
        .where(col(Appeal.application_id) == application_id)
        .values(appellant_name=None, explanation_text=None, reasons=None, chair=None, members=None)
    )
    return (await execute(context.session, statement)).rowcount


async def _check_decision(
    context: ApplicationsContext, step: AppealStep, body: AppealDecisionRequest
) -> bool:
    """Whether the votes satisfy the appeal. Raises `RuleViolation`."""
    appeal = step.appeal
    assert appeal.hearing_at is not None, "the lifecycle asks for a hearing first"
    settings = context.settings
    rules.check_hearing_held(appeal.hearing_at, context.now)
    hearing_on = civil_date(appeal.hearing_at, settings.time_zone)
    check_day(body.decided_on, "/decided_on", hearing_on, context.today)
    rules.check_panel(body.members, body.chair, settings.minimum_appeal_members)
    satisfied = rules.is_satisfied_by_votes(body.members, body.chair)
    remedies = await list_remedies(context.session, step.application, appeal.ground)
    rules.check_outcome(body.outcome, body.remedy, remedies, satisfied=satisfied)
    return satisfied
