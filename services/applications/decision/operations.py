"""The council's decision, the certificate or the statement, the registry's entry. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application.models import Application
from services.applications.application.operations import begin, tell
from services.applications.application.rules import check_day
from services.applications.application.status import Actor, Command, Status
from services.applications.decision.events import approved, not_confirmed
from services.applications.decision.models import Certificate, Decision, Delivery, statement_serial
from services.applications.decision.rules import check_impartial, check_passed
from services.applications.decision.schemas import CouncilDecision, HandedOver, RegistryEntry
from services.applications.examination.models import Examination
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.errors import Conflict, RuleViolation, check_version
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox


async def decide(
    session: AsyncSession,
    application_id: UUID,
    decision: CouncilDecision,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The council certifies or refuses, and either is told to the world.

    Raises as `steps.begin`, and `RuleViolation`.
    """
    certifies = decision.outcome == "certify"
    command = Command.CERTIFY if certifies else Command.REFUSE
    step = await begin(session, application_id, command, expected)
    application = step.application
    examination = await queries.latest(session, Examination, application_id)
    assert examination is not None, "the lifecycle lets only examined applications through"
    today = civil_date(now, settings.time_zone)
    check_day(decision.decided_on, "/decided_on", examination.held_on, today)
    check_impartial(decision.members, [member["name"] for member in examination.commission])
    statement = None
    if certifies:
        check_passed(examination.theory, examination.practice)
    else:
        serial = (await session.exec(select(statement_serial.next_value()))).one()
        statement = settings.statement_number_format.format(
            centre=application.centre_number, serial=serial, year=decision.decided_on.year
        )
        application.kept_until = add_period(
            decision.decided_on, settings.retention_of_not_confirmed
        )
    row = Decision(
        application_id=application_id,
        recorded_at=now,
        statement_number=statement,
        **decision.model_dump(exclude={"actor"}),
    )
    session.add(row)
    await operations.happened(session, application, "decided", decision.decided_on, settings)
    detail = f"protocol {decision.protocol_number}"
    await step.take(decision.actor or Actor.COUNCIL, now, detail)
    published = await queries.published_of(session, application)
    event = (
        approved(application, published, row)
        if certifies
        else not_confirmed(application, published, examination, row)
    )
    await outbox.record(session, event, now=now)
    return application


async def record_certificate(
    session: AsyncSession, issued: CertificateIssued, now: datetime, settings: ApplicationsSettings
) -> None:
    """Enters the certificate that was issued for an approved application; once, however often told.

    Raises `NotFound`, `IllegalTransition`, and `Conflict` when another one was entered before.
    """
    application = await queries.locked_application(session, issued.application_id)
    known = await session.get(Certificate, application.id)
    if known is not None and known.certificate_id == issued.certificate_id:
        return
    if known is not None:
        raise Conflict(
            "certificate.second",
            f"Application {application.id} has certificate {known.certificate_id}; "
            f"{issued.certificate_id} cannot be entered besides.",
        )
    step = await begin(session, application.id, Command.RECORD_CERTIFICATE)
    session.add(
        Certificate(
            application_id=application.id,
            certificate_id=issued.certificate_id,
            number=issued.number,
            issued_on=issued.issued_on,
            valid_until=issued.valid_until,
        )
    )
    application.kept_until = add_period(issued.valid_until, settings.retention_after_certificate)
    await step.take(Actor.CERTIFICATES, now, f"certificate {issued.number}")


async def hand_over(
    session: AsyncSession,
    application_id: UUID,
    handed: HandedOver,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The person has the certificate or the statement. Raises as `steps.begin`, `RuleViolation`."""
    step = await begin(session, application_id, Command.HAND_OVER, expected)
    decision = await queries.latest(session, Decision, application_id)
    assert decision is not None, "the lifecycle lets only decided applications through"
    today = civil_date(now, settings.time_zone)
    check_day(handed.handed_over_on, "/handed_over_on", decision.decided_on, today)
    delivery = await _delivery(session, application_id)
    delivery.handed_over_on, delivery.handed_over_by = handed.handed_over_on, handed.by
    step.application.closed_on = today
    await operations.happened(
        session, step.application, "handed_over", handed.handed_over_on, settings
    )
    return await step.take(handed.actor or Actor.CENTRE, now)


async def enter_in_registry(
    session: AsyncSession,
    application_id: UUID,
    entry: RegistryEntry,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The registry has entered the result; entering the same again changes nothing.

    Raises `NotFound`, `StaleVersion`, `Conflict`, `RuleViolation`.
    """
    application = await queries.locked_application(session, application_id)
    delivery = await _delivery(session, application_id)
    told = (entry.record_number, entry.entered_on)
    if (delivery.registry_record, delivery.registry_entered_on) == told:
        return application
    check_version(application.revision, expected)
    if delivery.registry_record is not None:
        raise Conflict("registry.second", f"Entered before as record {delivery.registry_record}.")
    decision = await queries.latest(session, Decision, application_id)
    if decision is None:
        raise RuleViolation(
            "registry.nothing", "The council has not decided: there is nothing to enter."
        )
    today = civil_date(now, settings.time_zone)
    check_day(entry.entered_on, "/entered_on", decision.decided_on, today)
    delivery.registry_record, delivery.registry_entered_on = told
    await operations.happened(
        session, application, "entered_in_registry", entry.entered_on, settings
    )
    application.revision += 1
    status = Status(application.status)
    tell(session, application, "enter_in_registry", entry.actor or "registry", now, status)
    await session.flush()
    return application


async def _delivery(session: AsyncSession, application_id: UUID) -> Delivery:
    known = await session.get(Delivery, application_id)
    if known is None:
        known = Delivery(application_id=application_id)
        session.add(known)
    return known
