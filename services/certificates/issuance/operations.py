"""Issuance of certificates: one per approved application. None commits."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.base import certificate_serial
from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate
from services.certificates.certificate.number import format_number, qualification_code
from services.certificates.certificate.queries import (
    get_certificate_of_application,
    lock_certificate_by_number,
)
from services.certificates.certificate.schemas import PrintedCentre
from services.certificates.documents.signature_block import list_printed_centres
from services.certificates.issuance.later_decisions import list_new_approvals
from services.certificates.issuance.models import NumberRequest
from services.certificates.issuance.schemas import NumberAssignmentRequest
from services.certificates.issuance.supersession import supersede_predecessors
from services.certificates.registry.feed import append_entries
from services.certificates.registry.rules import FeedReason
from services.certificates.renewal.operations import follow_issues
from services.certificates.settings import CertificatesContext
from services.certificates.validity.operations import plan_first_notices
from shared.clock import add_period
from shared.db import execute
from shared.errors import Conflict, NotFound
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.issuable import check_issuable
from shared.locale.translator import Translator
from shared.messaging import outbox
from shared.messaging.envelope import TracedEvent
from shared.row_batches import RowOutcome, apply_rows
from shared.tracing import current_trace


async def issue_certificate(
    context: CertificatesContext, approval: ApplicationApproved
) -> Certificate | None:
    """Issues the certificate of an approved application, or returns the one issued before.

    Returns None where the registry assigns numbers: the certificate is issued when its number
    comes.
    """
    await issue_certificates(context, [TracedEvent(approval, current_trace())])
    return await get_certificate_of_application(context.session, approval.application_id)


async def issue_certificates(
    context: CertificatesContext, approvals: Sequence[TracedEvent[ApplicationApproved]]
) -> None:
    """Issues the certificates of approved applications, but none that was issued before.

    Where the registry assigns numbers, requests them. An approval after an appeal revokes the
    statement of the decision before it, and gives no second certificate where one stands. Raises
    `RuleViolation` for a qualification of which none may be issued.
    """
    by_application = {traced.event.application_id: traced for traced in reversed(approvals)}
    first_approvals = [x for x in approvals if by_application[x.event.application_id] is x]
    new_approvals = await list_new_approvals(context, first_approvals)
    for traced in new_approvals:
        check_issuable(traced.event.qualification, context.settings)
    if new_approvals and context.settings.numbers == "registry":
        for traced in new_approvals:
            await _request_number(context, traced.event)
    elif new_approvals:
        serials = await _take_serials(context.session, len(new_approvals))
        numbers = [
            _format_number(context, traced.event, serial)
            for traced, serial in zip(new_approvals, serials, strict=True)
        ]
        await _issue_with_numbers(context, new_approvals, numbers)
    if len(first_approvals) < len(approvals):
        later_approvals = [x for x in approvals if by_application[x.event.application_id] is not x]
        await issue_certificates(context, later_approvals)


async def _take_serials(session: AsyncSession, count: int) -> list[int]:
    """The next numbers of the series, which a rollback does not return."""
    places = func.generate_series(1, count).table_valued("place")
    query = select(certificate_serial.next_value()).select_from(places)
    return list((await execute(session, query)).scalars())


def _format_number(context: CertificatesContext, approval: ApplicationApproved, serial: int) -> str:
    standard = approval.qualification.occupational_standard
    code = qualification_code(
        approval.qualification.registry_number,
        standard.code if standard else None,
        context.settings.unnumbered_code,
    )
    number_format = context.settings.number_format
    return format_number(number_format, code, serial, _end_of_validity(context, approval))


async def assign_numbers(
    context: CertificatesContext, assignments: Sequence[NumberAssignmentRequest], t: Translator
) -> list[RowOutcome]:
    """Issues certificates with the numbers that the registry assigns; a bad row fails alone."""

    async def assign_row(assignment: NumberAssignmentRequest) -> bool:
        return await _assign_number(context, assignment)

    application_id = col(NumberRequest.application_id)
    ids = [assignment.application_id for assignment in assignments]
    requests = select(application_id).where(application_id.in_(ids)).order_by(application_id)
    await context.session.exec(requests.with_for_update())
    return await apply_rows(context.session, assignments, assign_row, t)


async def _assign_number(context: CertificatesContext, assignment: NumberAssignmentRequest) -> bool:
    """Returns whether the number is new, that is, whether a certificate was issued.

    Raises `NotFound` for an application that waits for no number, `Conflict` for a number that
    another certificate has or an application that has another number.
    """
    query = select(NumberRequest).where(NumberRequest.application_id == assignment.application_id)
    number_request = (await context.session.exec(query.with_for_update())).first()
    if number_request is None:
        raise NotFound(
            "number.not_asked", "No certificate waits for a number here.", field="/application_id"
        )
    if number_request.number is not None:
        if number_request.number == assignment.number:
            return False
        raise Conflict(
            "number.given",
            f"It got the number {number_request.number} before.",
            field="/number",
            values={"certificate_number": number_request.number},
        )
    if await lock_certificate_by_number(context.session, assignment.number) is not None:
        raise Conflict("number.taken", "Another certificate has this number.", field="/number")
    number_request.number, number_request.assigned_at = assignment.number, context.now
    try:
        traced = TracedEvent(number_request.approval, current_trace())
        await _issue_with_numbers(context, [traced], [assignment.number])
    except IntegrityError as error:  # another transaction gave the number in the meantime
        raise Conflict(
            "number.taken", "Another certificate has this number.", field="/number"
        ) from error
    return True


async def _request_number(context: CertificatesContext, approval: ApplicationApproved) -> None:
    """Records that the application waits for the registry's number, once and by this approval.

    The number that it got for a certificate which has ended is not asked for again.
    """
    query = select(NumberRequest).where(NumberRequest.application_id == approval.application_id)
    number_request = (await context.session.exec(query.with_for_update())).first()
    if number_request is not None and number_request.number is None:
        if (approval.decision_ordinal or 0) > (number_request.approval.decision_ordinal or 0):
            number_request.approval = approval
    else:
        if number_request is not None:
            await context.session.delete(number_request)
            await context.session.flush()
        context.session.add(
            NumberRequest(
                application_id=approval.application_id,
                approval=approval,
                requested_at=context.now,
            )
        )
    await context.session.flush()


def _end_of_validity(context: CertificatesContext, approval: ApplicationApproved) -> date:
    """The last day of validity: the civil date of issue plus the term of the examined version."""
    return add_period(context.today, approval.qualification.validity_term)


async def _issue_with_numbers(
    context: CertificatesContext,
    approvals: Sequence[TracedEvent[ApplicationApproved]],
    numbers: Sequence[str],
) -> None:
    """Stores the certificates with their feed entries and events; supersedes predecessors."""
    session = context.session
    centres = await list_printed_centres(session, [traced.event.centre for traced in approvals])
    certificates = [
        _build_certificate(context, traced.event, number, centre)
        for traced, number, centre in zip(approvals, numbers, centres, strict=True)
    ]
    await plan_first_notices(context, certificates)
    session.add_all(certificates)
    follow_issues(context, certificates)
    await append_entries(context, certificates, FeedReason.ISSUED)
    traces = [traced.trace for traced in approvals]
    events = [
        TracedEvent(
            CertificateIssued(
                **event_fields(certificate),
                issued_on=certificate.issued_on,
                decision_ordinal=certificate.decision_ordinal,
            ),
            trace,
        )
        for certificate, trace in zip(certificates, traces, strict=True)
    ]
    await outbox.record_traced_events(session, events, now=context.now)
    confirmed_ids = {
        traced.event.application_id for traced in approvals if traced.event.same_holder_confirmed
    }
    await supersede_predecessors(context, certificates, traces, confirmed_ids)


def _build_certificate(
    context: CertificatesContext, approval: ApplicationApproved, number: str, centre: PrintedCentre
) -> Certificate:
    valid_until = _end_of_validity(context, approval)
    return Certificate(
        number=number,
        application_id=approval.application_id,
        decision_ordinal=approval.decision_ordinal or 1,
        holder=approval.holder,
        qualification_id=approval.qualification.id,
        qualification_version=approval.qualification.version,
        qualification=approval.qualification,
        centre=centre,
        decided_on=approval.decided_on,
        decision_protocol=approval.decision_protocol,
        recertifies=approval.recertifies,
        issued_on=context.today,
        valid_until=valid_until,
        ends_on=valid_until,
        issued_at=context.now,
        planned_from=context.today,
    )
