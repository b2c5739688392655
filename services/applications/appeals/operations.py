"""Appeals, from the complaint to its execution (order 701n). None commits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals import rules
from services.applications.appeals.models import Appeal
from services.applications.appeals.rules import REOPENS, Outcome, Remedy
from services.applications.appeals.schemas import (
    AppealDecision,
    Dated,
    Hearing,
    NewAppeal,
    Registered,
)
from services.applications.appeals.status import TRANSITIONS, AppealCommand, AppealStatus
from services.applications.application import queries
from services.applications.application.models import Application
from services.applications.application.operations import begin, tell
from services.applications.application.rules import check_day
from services.applications.application.schemas import Recorded
from services.applications.application.status import Status
from services.applications.decision.models import Decision
from services.applications.examination.models import Examination
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.errors import NotFound, RuleViolation, check_version

COMMISSION = "appeals"


@dataclass(frozen=True, slots=True)
class AppealStep:
    """A step on a locked appeal of a locked application."""

    session: AsyncSession
    application: Application
    appeal: Appeal
    command: AppealCommand

    async def take(self, actor: str | None, now: datetime) -> Appeal:
        """Enters the new status and tells the application's history."""
        target = TRANSITIONS.apply(AppealStatus(self.appeal.status), self.command)
        self.appeal.status = target
        self.appeal.revision += 1
        status = Status(self.application.status)
        line = f"appeal_{self.command}"
        tell(self.session, self.application, line, actor or COMMISSION, now, status)
        await self.session.flush()
        return self.appeal


async def file(
    session: AsyncSession,
    application_id: UUID,
    new: NewAppeal,
    now: datetime,
    settings: ApplicationsSettings,
) -> UUID:
    """A complaint on one of the grounds, in time. Raises `NotFound`, `RuleViolation`."""
    application = await queries.locked_application(session, application_id)
    today = civil_date(now, settings.time_zone)
    rules.check_filing(new.informed_on, new.filed_on, today, settings.appeal_days)
    rules.check_appellant(new.appellant, (application.payer or {}).get("kind"))
    rules.check_appealable(new.ground, Status(application.status))
    if application.erased_on is not None:
        raise RuleViolation("appeal.erased", "The file was erased when its term had ended.")
    appeal = Appeal(application_id=application_id, status=AppealStatus.FILED, **new.model_dump())
    session.add(appeal)
    await session.flush()
    await operations.happened(
        session, application, "appeal_filed", new.filed_on, settings, appeal.id
    )
    tell(session, application, "appeal_file", new.appellant, now, Status(application.status))
    await session.flush()
    return appeal.id


async def register(
    session: AsyncSession,
    appeal_id: UUID,
    told: Registered,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """The commission registers the appeal and tells the appellant. Raises as `begin_appeal`."""
    step = await begin_appeal(session, appeal_id, AppealCommand.REGISTER, expected)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    check_day(told.registered_on, "/registered_on", appeal.filed_on, today)
    appeal.registration_number = told.registration_number
    appeal.registered_on = told.registered_on
    await operations.happened(
        session, step.application, "appeal_registered", told.registered_on, settings, appeal.id
    )
    return await step.take(told.actor, now)


async def set_hearing(
    session: AsyncSession,
    appeal_id: UUID,
    hearing: Hearing,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """Calls the hearing, in time for the appellant. Raises as `begin_appeal`, `RuleViolation`."""
    step = await begin_appeal(session, appeal_id, AppealCommand.SET_HEARING, expected)
    today = civil_date(now, settings.time_zone)
    held_on = civil_date(hearing.starts_at, settings.time_zone)
    rules.check_hearing(hearing.told_on, held_on, today, settings.hearing_notice_days)
    appeal = step.appeal
    appeal.hearing_at, appeal.place = hearing.starts_at, hearing.place
    appeal.hearing_told_on = hearing.told_on
    return await step.take(hearing.actor, now)


async def decide(
    session: AsyncSession,
    appeal_id: UUID,
    decision: AppealDecision,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """The commission's decision by its votes; a satisfied appeal opens the application again.

    Raises as `begin_appeal`, `RuleViolation`, and `IllegalTransition` when the application stands
    where the remedy cannot reach it, such as after a certificate.
    """
    step = await begin_appeal(session, appeal_id, AppealCommand.DECIDE, expected)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    assert appeal.hearing_at is not None, "the lifecycle asks for a hearing first"
    rules.check_heard(appeal.hearing_at, now)
    held_on = civil_date(appeal.hearing_at, settings.time_zone)
    check_day(decision.decided_on, "/decided_on", held_on, today)
    excluded = await _took_part(session, appeal.application_id)
    rules.check_panel(decision.members, decision.chair, excluded, settings.minimum_appeal_members)
    won = rules.majority(decision.members, decision.chair)
    rules.check_outcome(decision.outcome, decision.remedy, rules.Ground(appeal.ground), won=won)
    appeal.outcome, appeal.remedy = decision.outcome, decision.remedy
    appeal.reasons, appeal.decided_on = decision.reasons, decision.decided_on
    appeal.chair = decision.chair
    appeal.members = [member.model_dump() for member in decision.members]
    for event in ("appeal_decided", *(["appeal_satisfied"] if won else [])):
        await operations.happened(
            session, step.application, event, decision.decided_on, settings, appeal.id
        )
    if decision.remedy in REOPENS:
        await _reopen(step, decision.remedy, decision.actor, now, settings)
    return await step.take(decision.actor, now)


async def send(
    session: AsyncSession,
    appeal_id: UUID,
    told: Dated,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """The decision went to the appellant and the centre. Raises as `begin_appeal`."""
    step = await begin_appeal(session, appeal_id, AppealCommand.SEND, expected)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
    check_day(told.on, "/on", appeal.decided_on, today)
    appeal.sent_on = told.on
    await operations.happened(
        session, step.application, "appeal_decision_sent", told.on, settings, appeal.id
    )
    return await step.take(told.actor, now)


async def execute(
    session: AsyncSession,
    appeal_id: UUID,
    told: Dated,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Appeal:
    """The centre did what a satisfied appeal asks for.

    Raises as `begin_appeal`, and `RuleViolation`.
    """
    step = await begin_appeal(session, appeal_id, AppealCommand.EXECUTE, expected)
    appeal, today = step.appeal, civil_date(now, settings.time_zone)
    if appeal.outcome == Outcome.REFUSED:
        raise RuleViolation("appeal.refused", "The appeal was refused: nothing is to be done.")
    assert appeal.decided_on is not None, "the lifecycle asks for a decision first"
    check_day(told.on, "/on", appeal.decided_on, today)
    appeal.executed_on = told.on
    await operations.happened(
        session, step.application, "appeal_executed", told.on, settings, appeal.id
    )
    return await step.take(told.actor or "centre", now)


async def withdraw(
    session: AsyncSession, appeal_id: UUID, told: Recorded, expected: int | None, now: datetime
) -> Appeal:
    """The appellant takes the appeal back. Raises as `begin_appeal`."""
    step = await begin_appeal(session, appeal_id, AppealCommand.WITHDRAW, expected)
    await operations.call_off(session, step.application.id, appeal_id)
    return await step.take(told.actor or step.appeal.appellant, now)


async def begin_appeal(
    session: AsyncSession, appeal_id: UUID, command: AppealCommand, expected: int | None
) -> AppealStep:
    """Locks application and appeal, in this order, and asks the lifecycle.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    known = await session.get(Appeal, appeal_id)
    if known is None:
        raise NotFound("appeal.unknown", f"There is no appeal {appeal_id}.")
    application = await queries.locked_application(session, known.application_id)
    await session.refresh(known)
    check_version(known.revision, expected)
    TRANSITIONS.apply(AppealStatus(known.status), command)
    return AppealStep(session, application, known, command)


async def _reopen(
    step: AppealStep,
    remedy: Remedy,
    actor: str | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> None:
    back = await begin(step.session, step.application.id, REOPENS[remedy])
    application, today = back.application, civil_date(now, settings.time_zone)
    application.closed_on = application.kept_until = None
    await operations.call_off(step.session, application.id)
    if remedy is Remedy.REVIEW_ANEW:
        await operations.happened(step.session, application, "submitted", today, settings)
    await back.take(actor or COMMISSION, now, f"appeal {step.appeal.registration_number}")


async def _took_part(session: AsyncSession, application_id: UUID) -> list[str]:
    """Who examined the candidate or decided on them."""
    examination = await queries.latest(session, Examination, application_id)
    decision = await queries.latest(session, Decision, application_id)
    examined = examination.commission if examination else []
    return [*(member["name"] for member in examined), *(decision.members if decision else [])]
