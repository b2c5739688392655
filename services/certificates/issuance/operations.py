"""Issuance of certificates: one per approved application. None commits."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from services.certificates.base import certificate_serial
from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate
from services.certificates.certificate.number import format_number, qualification_code
from services.certificates.certificate.operations import current_verdict
from services.certificates.certificate.queries import (
    get_certificate_of_application,
    lock_certificate_by_number,
)
from services.certificates.certificate.standing import FINAL_VERDICTS, ChangeKind
from services.certificates.changes.operations import ChangeDetails, record_change
from services.certificates.documents.signature_block import get_printed_centre
from services.certificates.issuance.models import NumberRequest
from services.certificates.issuance.schemas import NumberAssignmentRequest
from services.certificates.registry.feed import append_entries
from services.certificates.registry.rules import FeedReason
from services.certificates.renewal.operations import follow_issue
from services.certificates.settings import CertificatesContext
from services.certificates.validity.operations import plan_first_notice
from shared.clock import add_period
from shared.errors import Conflict, NotFound
from shared.events.applications import ApplicationApproved, Holder
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox
from shared.person_names import normalize_name_parts
from shared.row_batches import RowOutcome, apply_rows

ISSUANCE_ACTOR = "issuance"


async def issue_certificate(
    context: CertificatesContext, approval: ApplicationApproved
) -> Certificate | None:
    """Issues the certificate of an approved application, or returns the one issued before.

    Returns None where the registry assigns numbers: the certificate is issued when its number
    comes.
    """
    session, settings = context.session, context.settings
    issued_certificate = await get_certificate_of_application(session, approval.application_id)
    if issued_certificate is not None:
        return issued_certificate
    if settings.numbers == "registry":
        await _request_number(context, approval)
        return None
    serial = (await session.exec(select(certificate_serial.next_value()))).one()
    standard = approval.qualification.occupational_standard
    code = qualification_code(
        approval.qualification.registry_number,
        standard.code if standard else None,
        settings.unnumbered_code,
    )
    valid_until = _end_of_validity(context, approval)
    number = format_number(settings.number_format, code, serial, valid_until)
    return await _issue_with_number(context, approval, number)


async def assign_numbers(
    context: CertificatesContext, assignments: Sequence[NumberAssignmentRequest]
) -> list[RowOutcome]:
    """Issues certificates with the numbers that the registry assigns; a bad row fails alone."""

    async def assign_row(assignment: NumberAssignmentRequest) -> bool:
        return await _assign_number(context, assignment)

    return await apply_rows(
        context.session, assignments, assign_row, lambda assignment: assignment.application_id
    )


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
        await _issue_with_number(context, number_request.approval, assignment.number)
    except IntegrityError as error:  # another transaction gave the number in the meantime
        raise Conflict(
            "number.taken", "Another certificate has this number.", field="/number"
        ) from error
    return True


async def _request_number(context: CertificatesContext, approval: ApplicationApproved) -> None:
    """Records once that the application waits for the registry's number."""
    query = select(NumberRequest).where(NumberRequest.application_id == approval.application_id)
    if (await context.session.exec(query)).first() is None:
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


async def _issue_with_number(
    context: CertificatesContext, approval: ApplicationApproved, number: str
) -> Certificate:
    """Stores the certificate with its feed entry and event, and supersedes its predecessor."""
    session = context.session
    valid_until = _end_of_validity(context, approval)
    certificate = Certificate(
        number=number,
        application_id=approval.application_id,
        holder=approval.holder,
        qualification_id=approval.qualification.id,
        qualification_version=approval.qualification.version,
        qualification=approval.qualification,
        centre=await get_printed_centre(session, approval.centre),
        decided_on=approval.decided_on,
        decision_protocol=approval.decision_protocol,
        recertifies=approval.recertifies,
        issued_on=context.today,
        valid_until=valid_until,
        ends_on=valid_until,
        issued_at=context.now,
        planned_from=context.today,
    )
    await plan_first_notice(context, certificate)
    session.add(certificate)
    await follow_issue(context, certificate)
    await append_entries(context, [certificate], FeedReason.ISSUED)
    event = CertificateIssued(**event_fields(certificate), issued_on=certificate.issued_on)
    await outbox.record_events(session, event, now=context.now)
    await _supersede_predecessor(context, certificate)
    return certificate


async def _supersede_predecessor(context: CertificatesContext, certificate: Certificate) -> None:
    """Supersedes the certificate that this one follows, from this one's date of issue on.

    Only one with the same holder and qualification: an application that names somebody else's
    certificate takes nothing from them. What was annulled, withdrawn or superseded stays so.
    """
    if certificate.recertifies is None:
        return
    predecessor = await lock_certificate_by_number(context.session, certificate.recertifies)
    if predecessor is None or predecessor.qualification_id != certificate.qualification_id:
        return
    if not _is_same_holder(predecessor.holder, certificate.holder):
        return
    if await current_verdict(context, predecessor) in FINAL_VERDICTS:
        return
    details = ChangeDetails(
        kind=ChangeKind.SUPERSEDED,
        effective_on=certificate.issued_on,
        reason="the qualification was confirmed again",
        successor=certificate.number,
    )
    await record_change(context.acting_as(ISSUANCE_ACTOR), [predecessor], details)


def _is_same_holder(holder: Holder, other_holder: Holder) -> bool:
    """Whether both have the same names, however they are spelt."""
    names, other_names = (
        normalize_name_parts(person.family_name, person.given_name, person.patronymic)
        for person in (holder, other_holder)
    )
    return names == other_names
