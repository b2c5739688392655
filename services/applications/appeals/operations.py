"""Appeals, from the complaint to its execution (order 701n). None commits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals import rules
from services.applications.appeals.models import Appeal
from services.applications.appeals.rules import REOPENING_COMMANDS, AppealOutcome, Remedy
from services.applications.appeals.schemas import (
    AppealDecisionRequest,
    AppealRegistrationRequest,
    AppealRequest,
    DatedStepRequest,
    HearingRequest,
)
from services.applications.appeals.status import TRANSITIONS, AppealCommand, AppealStatus
from services.applications.application import queries
from services.applications.application.models import Application
from services.applications.application.operations import append_history, begin_step
from services.applications.application.rules import check_day
from services.applications.application.schemas import StepRequest
from services.applications.application.status import Status
from services.applications.decision.models import Decision
from services.applications.examination.models import Examination
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.errors import NotFound, RuleViolation, check_version

COMMISSION_ACTOR = "appeals"


@dataclass(frozen=True, slots=True)
class AppealStep:
    """A step that the transitions allow, on a locked appeal of a locked application."""

    session: AsyncSession
    application: Application
    appeal: Appeal
    command: AppealCommand

    async def complete_step(self, actor: str | None, now: datetime) -> Appeal:
        """Sets the appeal's new status and revision, and appends to the application's history."""
        target = TRANSITIONS.next_status(AppealStatus(self.appeal.status), self.command)
        self.appeal.status = target
        self.appeal.revision += 1
        status = Status(self.application.status)
        history_command = f"appeal_{self.command}"
        append_history(
            self.session, self.application, history_command, actor or COMMISSION_ACTOR, now, status
        )
        await self.session.flush()
        return self.appeal


async def file_appeal(
    session: AsyncSession,
    application_id: UUID,
    body: AppealRequest,
    now: datetime,
    settings: ApplicationsSettings,
) -> UUID:
    """Files an appeal on one of the law's grounds; its id.

    Raises `NotFound`, and `RuleViolation` when it is late, the appellant is no party, or
    nothing can be appealed.
    """
    application = await queries.lock_application(session, application_id)
    today = civil_date(now, settings.time_zone)
    rules.check_filing_days(body.informed_on, body.filed_on, today, settings.appeal_days)
    rules.check_appellant(body.appellant, (application.payer or {}).get("kind"))
    rules.check_appealable(body.ground, Status(application.status))
    if application.erased_on is not None:
        raise RuleViolation("appeal.erased", "The file was erased when its term had ended.")
    appeal = Appeal(application_id=application_id, status=AppealStatus.FILED, **body.model_dump())
    session.add(appeal)
    await session.flush()
    await operations.record_procedure_event(
        session, application, "appeal_filed", body.filed_on, settings, appeal.id
    )
    append_history(
        session, application, "appeal_file", body.appellant, now, Status(application.status)
    )
    await session.flush()
    return appeal.id


async def register_appeal(
    session: AsyncSession,
    appeal_id: UUID,
    body: AppealRegistrationRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """Records that the commission registered the appeal and informed the appellant.

    Raises as `begin_appeal_step`, and `RuleViolation`.
    """
    step = await begin_appeal_step(session, appeal_id, AppealCommand.REGISTER, expected_revision)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    check_day(body.registered_on, "/registered_on", appeal.filed_on, today)
    appeal.registration_number = body.registration_number
    appeal.registered_on = body.registered_on
    await operations.record_procedure_event(
        session, step.application, "appeal_registered", body.registered_on, settings, appeal.id
    )
    return await step.complete_step(body.actor, now)


async def set_appeal_hearing(
    session: AsyncSession,
    appeal_id: UUID,
    body: HearingRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """Sets the hearing, with the notice to the appellant that the settings ask for.

    Raises as `begin_appeal_step`, and `RuleViolation`.
    """
    step = await begin_appeal_step(session, appeal_id, AppealCommand.SET_HEARING, expected_revision)
    today = civil_date(now, settings.time_zone)
    hearing_on = civil_date(body.starts_at, settings.time_zone)
    rules.check_hearing_notice(body.notified_on, hearing_on, today, settings.hearing_notice_days)
    appeal = step.appeal
    appeal.hearing_at, appeal.place = body.starts_at, body.place
    appeal.hearing_notified_on = body.notified_on
    return await step.complete_step(body.actor, now)


async def decide_appeal(
    session: AsyncSession,
    appeal_id: UUID,
    body: AppealDecisionRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """Records the commission's decision by its votes; a satisfied appeal reopens the application.

    Raises as `begin_appeal_step`, `RuleViolation`, and `IllegalTransition` when the application
    stands where the remedy cannot reach it, such as after a certificate.
    """
    step = await begin_appeal_step(session, appeal_id, AppealCommand.DECIDE, expected_revision)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    assert appeal.hearing_at is not None, "the lifecycle asks for a hearing first"
    rules.check_hearing_held(appeal.hearing_at, now)
    hearing_on = civil_date(appeal.hearing_at, settings.time_zone)
    check_day(body.decided_on, "/decided_on", hearing_on, today)
    excluded_names = await _list_examiners_and_deciders(session, appeal.application_id)
    rules.check_panel(body.members, body.chair, excluded_names, settings.minimum_appeal_members)
    satisfied = rules.is_satisfied_by_votes(body.members, body.chair)
    rules.check_outcome(
        body.outcome, body.remedy, rules.AppealGround(appeal.ground), satisfied=satisfied
    )
    appeal.outcome, appeal.remedy = body.outcome, body.remedy
    appeal.reasons, appeal.decided_on = body.reasons, body.decided_on
    appeal.chair = body.chair
    appeal.members = [member.model_dump() for member in body.members]
    for event in ("appeal_decided", *(["appeal_satisfied"] if satisfied else [])):
        await operations.record_procedure_event(
            session, step.application, event, body.decided_on, settings, appeal.id
        )
    if body.remedy in REOPENING_COMMANDS:
        await _reopen_application(step, body.remedy, body.actor, now, settings)
    return await step.complete_step(body.actor, now)


async def send_appeal_decision(
    session: AsyncSession,
    appeal_id: UUID,
    body: DatedStepRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """Records the day on which the decision went to the appellant and the centre.

    Raises as `begin_appeal_step`, and `RuleViolation`.
    """
    step = await begin_appeal_step(session, appeal_id, AppealCommand.SEND, expected_revision)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
    check_day(body.completed_on, "/completed_on", appeal.decided_on, today)
    appeal.sent_on = body.completed_on
    await operations.record_procedure_event(
        session, step.application, "appeal_decision_sent", body.completed_on, settings, appeal.id
    )
    return await step.complete_step(body.actor, now)


async def execute_appeal_decision(
    session: AsyncSession,
    appeal_id: UUID,
    body: DatedStepRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """Records that the centre did what the satisfied appeal asks for.

    Raises as `begin_appeal_step`, and `RuleViolation` when the appeal was refused.
    """
    step = await begin_appeal_step(session, appeal_id, AppealCommand.EXECUTE, expected_revision)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    if appeal.outcome == AppealOutcome.REFUSED:
        raise RuleViolation("appeal.refused", "The appeal was refused: nothing is to be done.")
    assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
    check_day(body.completed_on, "/completed_on", appeal.decided_on, today)
    appeal.executed_on = body.completed_on
    await operations.record_procedure_event(
        session, step.application, "appeal_executed", body.completed_on, settings, appeal.id
    )
    return await step.complete_step(body.actor or "centre", now)


async def withdraw_appeal(
    session: AsyncSession,
    appeal_id: UUID,
    body: StepRequest,
    expected_revision: int | None,
    now: datetime,
) -> Appeal:
    """Withdraws the appeal for the appellant and cancels its time limits.

    Raises as `begin_appeal_step`.
    """
    step = await begin_appeal_step(session, appeal_id, AppealCommand.WITHDRAW, expected_revision)
    await operations.cancel_limits(session, step.application.id, appeal_id)
    return await step.complete_step(body.actor or step.appeal.appellant, now)


async def begin_appeal_step(
    session: AsyncSession, appeal_id: UUID, command: AppealCommand, expected_revision: int | None
) -> AppealStep:
    """Locks the application, then the appeal, and checks revision and transition.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    appeal = await session.get(Appeal, appeal_id)
    if appeal is None:
        raise NotFound("appeal.unknown", f"There is no appeal {appeal_id}.")
    application = await queries.lock_application(session, appeal.application_id)
    await session.refresh(appeal)
    check_version(appeal.revision, expected_revision)
    TRANSITIONS.next_status(AppealStatus(appeal.status), command)
    return AppealStep(session, application, appeal, command)


async def _reopen_application(
    step: AppealStep,
    remedy: Remedy,
    actor: str | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> None:
    reopening_step = await begin_step(step.session, step.application.id, REOPENING_COMMANDS[remedy])
    application, today = reopening_step.application, civil_date(now, settings.time_zone)
    application.closed_on = application.kept_until = None
    await operations.cancel_limits(step.session, application.id)
    if remedy is Remedy.REVIEW_ANEW:
        await operations.record_procedure_event(
            step.session, application, "submitted", today, settings
        )
    await reopening_step.complete_step(
        actor or COMMISSION_ACTOR, now, f"appeal {step.appeal.registration_number}"
    )


async def _list_examiners_and_deciders(session: AsyncSession, application_id: UUID) -> list[str]:
    """The names of who examined the candidate or decided on certification."""
    examination = await queries.get_latest(session, Examination, application_id)
    decision = await queries.get_latest(session, Decision, application_id)
    examiners = examination.commission if examination else []
    return [*(member["name"] for member in examiners), *(decision.members if decision else [])]
