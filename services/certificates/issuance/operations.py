"""Issuing certificates, once each. None commits."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.base import certificate_serial
from services.certificates.certificate import number as certificate_number
from services.certificates.certificate import queries
from services.certificates.certificate.events import facts
from services.certificates.certificate.models import Certificate
from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes.operations import record
from services.certificates.documents import signature_block
from services.certificates.issuance.models import NumberRequest
from services.certificates.issuance.schemas import NumberGiven
from services.certificates.registry import feed
from services.certificates.registry.rules import Event
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import rules
from shared.clock import add_period, civil_date
from shared.errors import Conflict, NotFound
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox
from shared.row_batches import RowOutcome, each_alone

ISSUER = "issuance"


async def issue(
    session: AsyncSession,
    approved: ApplicationApproved,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate | None:
    """The certificate of an approved application: a new one, or the one that there is.

    None where the registry gives the numbers: the certificate is issued when its number comes.
    """
    existing = await queries.certificate_of(session, approved.application_id)
    if existing is not None:
        return existing
    if settings.certificates_numbers == "registry":
        await _ask_for_number(session, approved, now)
        return None
    serial = (await session.exec(select(certificate_serial.next_value()))).one()
    code = _code(approved, settings)
    until = _valid_until(approved, now, settings)
    number = certificate_number.number(settings.certificates_number_format, code, serial, until)
    return await _issue(session, approved, number, now, settings)


async def assign(
    session: AsyncSession,
    given: Sequence[NumberGiven],
    now: datetime,
    settings: CertificatesSettings,
) -> list[RowOutcome]:
    """Issues the certificates whose numbers the registry gives; a bad row fails alone."""

    async def assigned(row: NumberGiven) -> bool:
        return await _assign(session, row, now, settings)

    return await each_alone(session, given, assigned)


async def _assign(
    session: AsyncSession, given: NumberGiven, now: datetime, settings: CertificatesSettings
) -> bool:
    """Whether the number is new. Raises `NotFound`, `Conflict`."""
    query = select(NumberRequest).where(NumberRequest.application_id == given.application_id)
    asked = (await session.exec(query.with_for_update())).first()
    if asked is None:
        raise NotFound(
            "number.not_asked", "No certificate waits for a number here.", field="/application_id"
        )
    if asked.number is not None:
        if asked.number == given.number:
            return False
        raise Conflict("number.given", f"It got the number {asked.number} before.", field="/number")
    if await queries.numbered(session, given.number) is not None:
        raise Conflict("number.taken", "Another certificate has this number.", field="/number")
    asked.number, asked.assigned_at = given.number, now
    approved = ApplicationApproved.model_validate(asked.approval)
    try:
        await _issue(session, approved, given.number, now, settings)
    except IntegrityError as error:  # another transaction gave the number in the meantime
        raise Conflict(
            "number.taken", "Another certificate has this number.", field="/number"
        ) from error
    return True


async def _ask_for_number(
    session: AsyncSession, approved: ApplicationApproved, now: datetime
) -> None:
    query = select(NumberRequest).where(NumberRequest.application_id == approved.application_id)
    if (await session.exec(query)).first() is None:
        session.add(
            NumberRequest(
                application_id=approved.application_id,
                approval=approved.model_dump(mode="json"),
                requested_at=now,
            )
        )
        await session.flush()


def _code(approved: ApplicationApproved, settings: CertificatesSettings) -> str:
    standard = approved.qualification.occupational_standard
    return certificate_number.qualification_code(
        approved.qualification.registry_number,
        standard.code if standard else None,
        settings.certificates_unnumbered_code,
    )


def _valid_until(
    approved: ApplicationApproved, now: datetime, settings: CertificatesSettings
) -> date:
    """By the term of the version under which the candidate was examined, from the civil date."""
    return add_period(civil_date(now, settings.time_zone), approved.qualification.validity_term)


async def _issue(
    session: AsyncSession,
    approved: ApplicationApproved,
    number: str,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    qualification = approved.qualification
    valid_until = _valid_until(approved, now, settings)
    certificate = Certificate(
        number=number,
        application_id=approved.application_id,
        holder=approved.holder.model_dump(mode="json"),
        qualification_id=qualification.id,
        qualification_version=qualification.version,
        qualification=qualification.model_dump(mode="json"),
        centre=await signature_block.printed(session, approved.centre),
        decided_on=approved.decided_on,
        decision_protocol=approved.decision_protocol,
        recertifies=approved.recertifies,
        issued_on=civil_date(now, settings.time_zone),
        valid_until=valid_until,
        ends_on=valid_until,
        issued_at=now,
        next_notice_on=rules.next_notice_on(
            valid_until, settings.certificates_renewal_thresholds_days, ()
        ),
    )
    session.add(certificate)
    await session.flush()
    await feed.enter(session, [certificate], Event.ISSUED, now)
    event = CertificateIssued(**facts(certificate), issued_on=certificate.issued_on)
    await outbox.record(session, event, now=now)
    await _supersede(session, certificate, now, settings)
    return certificate


async def _supersede(
    session: AsyncSession,
    newer: Certificate,
    now: datetime,
    settings: CertificatesSettings,
) -> None:
    """The certificate that the new one follows is superseded from the new one's day on.

    Only one of the same person's names and qualification: whoever names another's certificate in
    an application takes nothing from them.
    """
    if newer.recertifies is None:
        return
    older = await queries.numbered(session, newer.recertifies)
    if older is None or older.qualification_id != newer.qualification_id:
        return
    if older.holder != newer.holder:
        return
    await record(
        session,
        [older],
        ChangeKind.SUPERSEDED,
        effective_on=newer.issued_on,
        actor=ISSUER,
        reason="the qualification was confirmed again",
        successor=newer.number,
        now=now,
        settings=settings,
    )
