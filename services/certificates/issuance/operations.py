"""Issuance of certificates: one per approved application. None commits."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.base import certificate_serial
from services.certificates.certificate import number as certificate_number
from services.certificates.certificate import queries
from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate
from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes.operations import record_change
from services.certificates.documents import signature_block
from services.certificates.issuance.models import NumberRequest
from services.certificates.issuance.schemas import NumberAssignmentRequest
from services.certificates.registry import feed
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import rules
from shared.clock import add_period, civil_date
from shared.errors import Conflict, NotFound
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox
from shared.row_batches import RowOutcome, apply_rows

ISSUANCE_ACTOR = "issuance"


async def issue_certificate(
    session: AsyncSession,
    approval: ApplicationApproved,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate | None:
    """Issues the certificate of an approved application, or returns the one issued before.

    Returns None where the registry assigns numbers: the certificate is issued when its number
    comes.
    """
    issued_certificate = await queries.get_certificate_of_application(
        session, approval.application_id
    )
    if issued_certificate is not None:
        return issued_certificate
    if settings.numbers == "registry":
        await _request_number(session, approval, now)
        return None
    serial = (await session.exec(select(certificate_serial.next_value()))).one()
    code = _qualification_code(approval, settings)
    valid_until = _end_of_validity(approval, now, settings)
    number = certificate_number.format_number(settings.number_format, code, serial, valid_until)
    return await _issue_with_number(session, approval, number, now, settings)


async def assign_numbers(
    session: AsyncSession,
    assignments: Sequence[NumberAssignmentRequest],
    now: datetime,
    settings: CertificatesSettings,
) -> list[RowOutcome]:
    """Issues certificates with the numbers that the registry assigns; a bad row fails alone."""

    async def assign_row(assignment: NumberAssignmentRequest) -> bool:
        return await _assign_number(session, assignment, now, settings)

    return await apply_rows(session, assignments, assign_row)


async def _assign_number(
    session: AsyncSession,
    assignment: NumberAssignmentRequest,
    now: datetime,
    settings: CertificatesSettings,
) -> bool:
    """Returns whether the number is new, that is, whether a certificate was issued.

    Raises `NotFound` for an application that waits for no number, `Conflict` for a number that
    another certificate has or an application that has another number.
    """
    query = select(NumberRequest).where(NumberRequest.application_id == assignment.application_id)
    number_request = (await session.exec(query.with_for_update())).first()
    if number_request is None:
        raise NotFound(
            "number.not_asked", "No certificate waits for a number here.", field="/application_id"
        )
    if number_request.number is not None:
        if number_request.number == assignment.number:
            return False
        raise Conflict(
            "number.given", f"It got the number {number_request.number} before.", field="/number"
        )
    if await queries.lock_certificate_by_number(session, assignment.number) is not None:
        raise Conflict("number.taken", "Another certificate has this number.", field="/number")
    number_request.number, number_request.assigned_at = assignment.number, now
    approval = ApplicationApproved.model_validate(number_request.approval)
    try:
        await _issue_with_number(session, approval, assignment.number, now, settings)
    except IntegrityError as error:  # another transaction gave the number in the meantime
        raise Conflict(
            "number.taken", "Another certificate has this number.", field="/number"
        ) from error
    return True


async def _request_number(
    session: AsyncSession, approval: ApplicationApproved, now: datetime
) -> None:
    """Records once that the application waits for the registry's number."""
    query = select(NumberRequest).where(NumberRequest.application_id == approval.application_id)
    if (await session.exec(query)).first() is None:
        session.add(
            NumberRequest(
                application_id=approval.application_id,
                approval=approval.model_dump(mode="json"),
                requested_at=now,
            )
        )
        await session.flush()


def _qualification_code(approval: ApplicationApproved, settings: CertificatesSettings) -> str:
    """The code of the approved qualification, as the certificate's number begins with it."""
    standard = approval.qualification.occupational_standard
    return certificate_number.qualification_code(
        approval.qualification.registry_number,
        standard.code if standard else None,
        settings.unnumbered_code,
    )


def _end_of_validity(
    approval: ApplicationApproved, now: datetime, settings: CertificatesSettings
) -> date:
    """The last day of validity: the civil date of issue plus the term of the examined version."""
    return add_period(civil_date(now, settings.time_zone), approval.qualification.validity_term)


async def _issue_with_number(
    session: AsyncSession,
    approval: ApplicationApproved,
    number: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    """Stores the certificate with its feed entry and event, and supersedes its predecessor."""
    qualification = approval.qualification
    valid_until = _end_of_validity(approval, now, settings)
    certificate = Certificate(
        number=number,
        application_id=approval.application_id,
        holder=approval.holder.model_dump(mode="json"),
        qualification_id=qualification.id,
        qualification_version=qualification.version,
        qualification=qualification.model_dump(mode="json"),
        centre=await signature_block.get_printed_centre(session, approval.centre),
        decided_on=approval.decided_on,
        decision_protocol=approval.decision_protocol,
        recertifies=approval.recertifies,
        issued_on=civil_date(now, settings.time_zone),
        valid_until=valid_until,
        ends_on=valid_until,
        issued_at=now,
        next_notice_on=rules.next_notice_on(valid_until, settings.renewal_thresholds_days, ()),
    )
    session.add(certificate)
    await session.flush()
    await feed.append_entries(session, [certificate], FeedReason.ISSUED, now)
    event = CertificateIssued(**event_fields(certificate), issued_on=certificate.issued_on)
    await outbox.record_events(session, event, now=now)
    await _supersede_predecessor(session, certificate, now, settings)
    return certificate


async def _supersede_predecessor(
    session: AsyncSession,
    certificate: Certificate,
    now: datetime,
    settings: CertificatesSettings,
) -> None:
    """Supersedes the certificate that this one follows, from this one's date of issue on.

    Only one with the same holder and qualification: an application that names somebody else's
    certificate takes nothing from them.
    """
    if certificate.recertifies is None:
        return
    predecessor = await queries.lock_certificate_by_number(session, certificate.recertifies)
    if predecessor is None or predecessor.qualification_id != certificate.qualification_id:
        return
    if predecessor.holder != certificate.holder:
        return
    await record_change(
        session,
        [predecessor],
        ChangeKind.SUPERSEDED,
        effective_on=certificate.issued_on,
        actor=ISSUANCE_ACTOR,
        reason="the qualification was confirmed again",
        successor=certificate.number,
        now=now,
        settings=settings,
    )
