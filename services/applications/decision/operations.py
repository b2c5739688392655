"""The council's decision, its certificate or statement, delivery. None commits."""

from itertools import combinations, product
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select, update

from services.applications.application.models import Application
from services.applications.application.operations import (
    append_confirmation,
    append_history,
    take_step,
)
from services.applications.application.people import (
    NamedPerson,
    Separation,
    check_different_people,
    list_parties,
)
from services.applications.application.queries import (
    get_latest,
    get_published_version,
    lock_application,
)
from services.applications.application.rules import check_day
from services.applications.application.schemas import HistoryFacts, PeoplePair
from services.applications.application.status import Command, Status
from services.applications.decision.days import check_decision_day, compute_first_document_day
from services.applications.decision.events import build_approved_event, build_not_confirmed_event
from services.applications.decision.models import Certificate, Decision, Delivery, statement_serial
from services.applications.decision.queries import find_certifying_decision
from services.applications.decision.recertified import (
    check_recertified_holder,
    keep_same_holder,
)
from services.applications.decision.registry_entries import follow_known_entry
from services.applications.decision.rules import (
    FINAL_CHANGES,
    RESTORING_CHANGE,
    SUSPENDING_CHANGES,
    FinalKind,
    check_examination_passed,
    refuse_partial_decider,
    refuse_repeated_decider,
)
from services.applications.decision.schemas import DecisionRequest, DeliveryRequest
from services.applications.examination.models import Examination
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext
from shared.clock import add_period
from shared.db import execute
from shared.errors import Conflict
from shared.events.catalog import QualificationPublished
from shared.events.certificates import CertificateChanged, CertificateIssued
from shared.issuable import check_issuable
from shared.messaging.outbox import record_events


async def decide_certification(
    context: ApplicationsContext, application_id: UUID, body: DecisionRequest
) -> Application:
    """Records that the council certifies or refuses, and publishes the event of it.

    Raises as `take_step`, and `RuleViolation`.
    """
    session = context.session
    certifies = body.outcome == "certify"
    command = Command.CERTIFY if certifies else Command.REFUSE
    facts = HistoryFacts(protocol_number=body.protocol_number, day=body.decided_on)
    async with take_step(context, application_id, command, facts) as application:
        examination = await get_latest(session, Examination, application_id)
        assert examination is not None, "the lifecycle lets only examined applications through"
        version = await get_published_version(session, application)
        confirmed_pairs = check_decision(context, application, body, examination, version)
        await check_decision_day(context, application_id, body.decided_on, examination.held_on)
        await check_recertified_holder(session, application, body)
        append_confirmation(context, application, confirmed_pairs)
        keep_same_holder(context, application, body)
        decision = await _add_decision(context, application, body, examination)
        await record_procedure_event(context, application, ProcedureEvent.DECIDED, body.decided_on)
        event = (
            build_approved_event(application, version, decision, same_holder=body.same_holder)
            if certifies
            else build_not_confirmed_event(application, version, examination, decision)
        )
        await record_events(session, event, now=context.now)
    return application


def check_decision(
    context: ApplicationsContext,
    application: Application,
    body: DecisionRequest,
    examination: Examination,
    version: QualificationPublished,
) -> tuple[PeoplePair, ...]:
    """Checks the decision's members, and that whoever is certified passed.

    Of what stands in no registry nobody is certified, nor for a term that no council has confirmed.

    Returns the names that were confirmed to be two people's. Raises `RuleViolation`.
    """
    if body.outcome == "certify":
        check_examination_passed(examination.result)
        check_issuable(version.qualification, context.settings)
    members = [NamedPerson(name, f"/members/{i}") for i, name in enumerate(body.members)]
    examiners = [NamedPerson(examiner.name) for examiner in examination.commission]
    barred_people = [*examiners, *list_parties(application)]
    separations = (
        Separation(product(members, barred_people), refuse_partial_decider),
        Separation(combinations(reversed(members), 2), refuse_repeated_decider),
    )
    return check_different_people(separations, body.different_people)


async def _add_decision(
    context: ApplicationsContext,
    application: Application,
    body: DecisionRequest,
    examination: Examination,
) -> Decision:
    """Adds the decision; a refusal gets the number of its statement and a term of keeping."""
    settings, statement_number, statement_version = context.settings, None, None
    count_query = select(func.count(), func.count(col(Decision.statement_version))).where(
        Decision.application_id == application.id
    )
    decision_count, statement_count = (await context.session.exec(count_query)).one()
    if body.outcome == "refuse":
        statement_version = statement_count + 1
        serial = (await context.session.exec(select(statement_serial.next_value()))).one()
        statement_number = settings.statement_number_format.format(
            centre=application.centre_number, serial=serial, year=body.decided_on.year
        )
        application.kept_until = add_period(body.decided_on, settings.retention_of_not_confirmed)
    decision = Decision(
        application_id=application.id,
        ordinal=decision_count + 1,
        examination_id=examination.id,
        outcome=body.outcome,
        decided_on=body.decided_on,
        protocol_number=body.protocol_number,
        members=tuple(body.members),
        recommendation=body.recommendation,
        statement_number=statement_number,
        statement_version=statement_version,
        recorded_at=context.now,
    )
    context.session.add(decision)
    return decision


async def record_certificate(context: ApplicationsContext, event: CertificateIssued) -> None:
    """Records the certificate of an approved application; a repeated event is skipped.

    After another decision to certify it is the certificate that stands, or a new one in the place
    of one that ended. Where an appeal has opened the application again meanwhile, the certificate
    is kept and the application stays where it is. Raises `NotFound`, `IllegalTransition`, and
    `Conflict` when the decision has another certificate.
    """
    session = context.session
    application = await lock_application(session, event.application_id)
    latest_decision = await get_latest(session, Decision, application.id)
    latest_ordinal = 0 if latest_decision is None else latest_decision.ordinal
    ordinal = event.decision_ordinal or latest_ordinal
    certificate = await session.get(Certificate, application.id)
    if certificate is not None and not _is_news(certificate, event, ordinal):
        return
    facts = HistoryFacts(certificate_number=event.number, day=event.issued_on)
    is_awaited = application.status is Status.APPROVED and ordinal == latest_ordinal
    if not is_awaited and await find_certifying_decision(session, application.id, ordinal):
        await _keep_certificate(context, application, event, ordinal)
        append_history(context, application, Command.RECORD_CERTIFICATE, application.status, facts)
        return
    async with take_step(context, application.id, Command.RECORD_CERTIFICATE, facts):
        await _keep_certificate(context, application, event, ordinal)
        retention = context.settings.retention_after_certificate
        application.kept_until = add_period(event.ends_on, retention)
        await follow_known_entry(context, application)


def _is_news(certificate: Certificate, event: CertificateIssued, ordinal: int) -> bool:
    """Whether the event tells of a later decision than the recorded certificate rests on.

    Raises `Conflict` for another certificate of the same decision.
    """
    is_same = certificate.certificate_id == event.certificate_id
    if ordinal == certificate.decision_ordinal and not is_same:
        raise Conflict(
            "certificate.second",
            f"Application {event.application_id} has certificate {certificate.certificate_id}; "
            f"{event.certificate_id} cannot be entered besides.",
        )
    return ordinal > certificate.decision_ordinal


async def _keep_certificate(
    context: ApplicationsContext,
    application: Application,
    event: CertificateIssued,
    decision_ordinal: int,
) -> None:
    """Stores the certificate, in the place of an earlier one of the application."""
    certificate = await context.session.get(Certificate, application.id)
    if certificate is not None and certificate.certificate_id == event.certificate_id:
        certificate.decision_ordinal = decision_ordinal
        certificate.ends_on = event.ends_on
    else:
        if certificate is not None:
            await context.session.delete(certificate)
            await context.session.flush()
        context.session.add(
            Certificate(
                application_id=application.id,
                certificate_id=event.certificate_id,
                number=event.number,
                decision_ordinal=decision_ordinal,
                issued_on=event.issued_on,
                valid_until=event.valid_until,
                ends_on=event.ends_on,
                centre_number=application.centre_number,
                council=application.council,
            )
        )
    await context.session.flush()


async def follow_certificate(context: ApplicationsContext, event: CertificateChanged) -> None:
    """Keeps how the certificate stands after a change; nothing where it is not known here.

    Where its end has moved, the end of keeping the file moves with it.
    """
    application = await context.session.get(
        Application, event.application_id, with_for_update={"key_share": True}
    )
    certificate = await context.session.get(Certificate, event.application_id)
    if application is None or certificate is None:
        return
    if certificate.certificate_id != event.certificate_id:
        return
    if event.kind in FINAL_CHANGES:
        certificate.final_kind = FINAL_CHANGES[event.kind]
        certificate.successor = event.successor
    if event.kind == RESTORING_CHANGE and certificate.final_kind is FinalKind.SUPERSEDED:
        certificate.final_kind = certificate.successor = None
    if event.kind in SUSPENDING_CHANGES:
        certificate.suspended_on = event.effective_on if SUSPENDING_CHANGES[event.kind] else None
    if certificate.ends_on != event.ends_on:
        certificate.ends_on = event.ends_on
        if application.erased_on is None:
            retention = context.settings.retention_after_certificate
            application.kept_until = add_period(event.ends_on, retention)


async def hand_over_document(
    context: ApplicationsContext, application_id: UUID, body: DeliveryRequest
) -> Application:
    """Records how and when the person got the certificate or the statement.

    Raises as `take_step`, and `RuleViolation`.
    """
    session = context.session
    facts = HistoryFacts(handover_method=body.handover_method, day=body.handed_over_on)
    async with take_step(context, application_id, Command.HAND_OVER, facts) as application:
        decision = await get_latest(session, Decision, application_id)
        assert decision is not None, "the lifecycle lets only decided applications through"
        certificate = await session.get(Certificate, application_id)
        earliest = compute_first_document_day(decision, certificate)
        check_day(body.handed_over_on, "/handed_over_on", earliest, context.today)
        session.add(
            Delivery(
                decision_id=decision.id,
                handed_over_on=body.handed_over_on,
                handover_method=body.handover_method,
            )
        )
        application.closed_on = context.today
        await record_procedure_event(
            context, application, ProcedureEvent.HANDED_OVER, body.handed_over_on
        )
    return application


async def erase_decisions(context: ApplicationsContext, application_id: UUID) -> int:
    """Empties members and recommendations of the council's decisions; the number of rows."""
    statement = (
        update(Decision)
        .where(col(Decision.application_id) == application_id)
        .values(members=(), recommendation=None)
    )
    return (await execute(context.session, statement)).rowcount
