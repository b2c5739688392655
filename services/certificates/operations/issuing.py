"""Issuing certificates, once each. None commits."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.lifecycle import notices, numbers
from services.certificates.lifecycle.standing import ChangeKind
from services.certificates.models import Certificate, certificate_serial
from services.certificates.operations.changes import facts, record
from services.certificates.queries import certificates as queries
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.messaging import outbox

ISSUER = "issuance"


async def issue(
    session: AsyncSession,
    approved: ApplicationApproved,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    """The certificate of an approved application: a new one, or the one that there is.

    The term is that of the published version of the qualification under which the candidate was
    examined; it runs from the civil date of issue.
    """
    existing = await queries.certificate_of(session, approved.application_id)
    if existing is not None:
        return existing
    certificate = await _new_certificate(session, approved, now, settings)
    session.add(certificate)
    await session.flush()
    event = CertificateIssued(**facts(certificate), issued_on=certificate.issued_on)
    await outbox.record(session, event, now=now)
    await _supersede(session, certificate, now, settings)
    return certificate


async def _new_certificate(
    session: AsyncSession,
    approved: ApplicationApproved,
    now: datetime,
    settings: CertificatesSettings,
) -> Certificate:
    qualification = approved.qualification
    issued_on = civil_date(now, settings.time_zone)
    valid_until = add_period(issued_on, qualification.validity_term)
    standard = qualification.occupational_standard
    code = numbers.qualification_code(
        qualification.registry_number,
        standard.code if standard else None,
        settings.certificates_unnumbered_code,
    )
    serial = (await session.exec(select(certificate_serial.next_value()))).one()
    return Certificate(
        number=numbers.number(settings.certificates_number_format, code, serial, valid_until),
        application_id=approved.application_id,
        holder=approved.holder.model_dump(mode="json"),
        qualification_id=qualification.id,
        qualification_version=qualification.version,
        qualification=qualification.model_dump(mode="json"),
        centre=approved.centre.model_dump(mode="json"),
        decided_on=approved.decided_on,
        decision_protocol=approved.decision_protocol,
        recertifies=approved.recertifies,
        issued_on=issued_on,
        valid_until=valid_until,
        ends_on=valid_until,
        issued_at=now,
        next_notice_on=notices.next_notice_on(
            valid_until, settings.certificates_renewal_thresholds_days, ()
        ),
    )


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
        older,
        ChangeKind.SUPERSEDED,
        effective_on=newer.issued_on,
        actor=ISSUER,
        reason="the qualification was confirmed again",
        successor=newer.number,
        now=now,
        settings=settings,
    )
