"""The council's decision, the certificate or the statement, the registry's entry. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application.models import Application
from services.applications.application.operations import append_history, begin_step
from services.applications.application.rules import check_day
from services.applications.application.status import Actor, Command, Status
from services.applications.decision.events import approved, not_confirmed
from services.applications.decision.models import Certificate, Decision, Delivery, statement_serial
from services.applications.decision.rules import check_examination_passed, check_impartiality
from services.applications.decision.schemas import (
    DecisionRequest,
    DeliveryRequest,
    RegistryEntryRequest,
)
from services.applications.examination.models import Examination
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.errors import Conflict, RuleViolation, check_version
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox


async def decide_certification(
    session: AsyncSession,
    application_id: UUID,
    body: DecisionRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Records that the council certifies or refuses, and publishes the event of it.

    Raises as `begin_step`, and `RuleViolation`.
    """
    certifies = body.outcome == "certify"
    command = Command.CERTIFY if certifies else Command.REFUSE
    step = await begin_step(session, application_id, command, expected_revision)
    application = step.application
    examination = await queries.get_latest(session, Examination, application_id)
    assert examination is not None, "the lifecycle lets only examined applications through"
    today = civil_date(now, settings.time_zone)
    check_day(body.decided_on, "/decided_on", examination.held_on, today)
    check_impartiality(body.members, [member["name"] for member in examination.commission])
    statement_number = None
    if certifies:
        check_examination_passed(examination.theory, examination.practice)
    else:
        serial = (await session.exec(select(statement_serial.next_value()))).one()
        statement_number = settings.statement_number_format.format(
            centre=application.centre_number, serial=serial, year=body.decided_on.year
        )
        application.kept_until = add_period(body.decided_on, settings.retention_of_not_confirmed)
    row = Decision(
        application_id=application_id,
        recorded_at=now,
        statement_number=statement_number,
        **body.model_dump(exclude={"actor"}),
    )
    session.add(row)
    await operations.record_procedure_event(
        session, application, "decided", body.decided_on, settings
    )
    detail = f"protocol {body.protocol_number}"
    await step.complete_step(body.actor or Actor.COUNCIL, now, detail)
    published = await queries.published_of(session, application)
    event = (
        approved(application, published, row)
        if certifies
        else not_confirmed(application, published, examination, row)
    )
    await outbox.record_events(session, event, now=now)
    return application


async def record_certificate(
    session: AsyncSession, event: CertificateIssued, now: datetime, settings: ApplicationsSettings
) -> None:
    """Records the certificate of an approved application; a repeated event is skipped.

    Raises `NotFound`, `IllegalTransition`, and `Conflict` when another one was recorded
    earlier.
    """
    application = await queries.lock_application(session, event.application_id)
    certificate = await session.get(Certificate, application.id)
    if certificate is not None and certificate.certificate_id == event.certificate_id:
        return
    if certificate is not None:
        raise Conflict(
            "certificate.second",
            f"Application {application.id} has certificate {certificate.certificate_id}; "
            f"{event.certificate_id} cannot be entered besides.",
        )
    step = await begin_step(session, application.id, Command.RECORD_CERTIFICATE)
    session.add(
        Certificate(
            application_id=application.id,
            certificate_id=event.certificate_id,
            number=event.number,
            issued_on=event.issued_on,
            valid_until=event.valid_until,
        )
    )
    application.kept_until = add_period(event.valid_until, settings.retention_after_certificate)
    await step.complete_step(Actor.CERTIFICATES, now, f"certificate {event.number}")


async def hand_over_document(
    session: AsyncSession,
    application_id: UUID,
    body: DeliveryRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Records how and when the person got the certificate or the statement.

    Raises as `begin_step`, and `RuleViolation`.
    """
    step = await begin_step(session, application_id, Command.HAND_OVER, expected_revision)
    decision = await queries.get_latest(session, Decision, application_id)
    assert decision is not None, "the lifecycle lets only decided applications through"
    today = civil_date(now, settings.time_zone)
    check_day(body.handed_over_on, "/handed_over_on", decision.decided_on, today)
    delivery = await _get_or_add_delivery(session, application_id)
    delivery.handed_over_on, delivery.handover_method = body.handed_over_on, body.handover_method
    step.application.closed_on = today
    await operations.record_procedure_event(
        session, step.application, "handed_over", body.handed_over_on, settings
    )
    return await step.complete_step(body.actor or Actor.CENTRE, now)


async def record_registry_entry(
    session: AsyncSession,
    application_id: UUID,
    body: RegistryEntryRequest,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Records the registry's entry of the result; repeating the same entry changes nothing.

    Raises `NotFound`, `StaleVersion`, `Conflict` when another entry was recorded,
    `RuleViolation`.
    """
    application = await queries.lock_application(session, application_id)
    delivery = await _get_or_add_delivery(session, application_id)
    registry_entry = (body.record_number, body.entered_on)
    if (delivery.registry_record, delivery.registry_entered_on) == registry_entry:
        return application
    check_version(application.revision, expected_revision)
    if delivery.registry_record is not None:
        raise Conflict("registry.second", f"Entered before as record {delivery.registry_record}.")
    decision = await queries.get_latest(session, Decision, application_id)
    if decision is None:
        raise RuleViolation(
            "registry.nothing", "The council has not decided: there is nothing to enter."
        )
    today = civil_date(now, settings.time_zone)
    check_day(body.entered_on, "/entered_on", decision.decided_on, today)
    delivery.registry_record, delivery.registry_entered_on = registry_entry
    await operations.record_procedure_event(
        session, application, "entered_in_registry", body.entered_on, settings
    )
    application.revision += 1
    status = Status(application.status)
    append_history(session, application, "enter_in_registry", body.actor or "registry", now, status)
    await session.flush()
    return application


async def _get_or_add_delivery(session: AsyncSession, application_id: UUID) -> Delivery:
    delivery = await session.get(Delivery, application_id)
    if delivery is None:
        delivery = Delivery(application_id=application_id)
        session.add(delivery)
    return delivery
