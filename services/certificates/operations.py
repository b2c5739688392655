"""The writes of the certificates service. None commits."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates import lifecycle, queries
from services.certificates.lifecycle import Notice, NoticeKind
from services.certificates.models import Certificate, ValidityNotice, certificate_serial
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.events.applications import ApplicationApproved
from shared.events.certificates import (
    CertificateEvent,
    CertificateExpired,
    CertificateIssued,
    CertificateRenewalDue,
)
from shared.messaging import outbox


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
    event = CertificateIssued(**_facts(certificate), issued_on=certificate.issued_on)
    await outbox.record(session, event, now=now)
    return certificate


async def give_notices(session: AsyncSession, now: datetime, settings: CertificatesSettings) -> int:
    """One batch of the scan; how many certificates it saw to, 0 when nothing is due.

    Every notice whose day has come and that the ledger lacks is entered and told, also after days
    without a scan; then the certificate waits for its next date.
    """
    today = civil_date(now, settings.time_zone)
    thresholds = settings.certificates_renewal_thresholds_days
    certificates = await queries.due(session, today, settings.certificates_scan_batch)
    given = await queries.given(session, [certificate.id for certificate in certificates])
    for certificate in certificates:
        known = given[certificate.id]
        for notice in lifecycle.notices_due(certificate.valid_until, today, thresholds):
            if notice not in known:
                await _give(session, certificate, notice, today, now)
        known.update(lifecycle.notices_due(certificate.valid_until, today, thresholds))
        certificate.next_notice_on = lifecycle.next_notice_on(
            certificate.valid_until, thresholds, known
        )
    await session.flush()
    return len(certificates)


async def reconcile_batch(
    session: AsyncSession, last: UUID | None, settings: CertificatesSettings
) -> UUID | None:
    """Sets the next dates of a batch to what the settings' thresholds ask for now.

    Returns the last id of the batch, None when there was none left.
    """
    certificates = await queries.after(session, last, settings.certificates_scan_batch)
    given = await queries.given(session, [certificate.id for certificate in certificates])
    for certificate in certificates:
        certificate.next_notice_on = lifecycle.next_notice_on(
            certificate.valid_until,
            settings.certificates_renewal_thresholds_days,
            given[certificate.id],
        )
    await session.flush()
    return certificates[-1].id if certificates else None


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
    code = lifecycle.qualification_code(
        qualification.registry_number,
        standard.code if standard else None,
        settings.certificates_unnumbered_code,
    )
    serial = (await session.exec(select(certificate_serial.next_value()))).one()
    return Certificate(
        number=lifecycle.number(settings.certificates_number_format, code, serial, valid_until),
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
        issued_at=now,
        next_notice_on=lifecycle.next_notice_on(
            valid_until, settings.certificates_renewal_thresholds_days, ()
        ),
    )


async def _give(
    session: AsyncSession, certificate: Certificate, notice: Notice, today: date, now: datetime
) -> None:
    entry = {
        "certificate_id": certificate.id,
        "kind": notice.kind,
        "threshold_days": notice.threshold_days,
        "generation": 0,
        "noticed_on": today,
        "recorded_at": now,
    }
    await session.exec(insert(ValidityNotice).values(entry))
    facts = _facts(certificate)
    event: CertificateEvent = (
        CertificateExpired(**facts, noticed_on=today)
        if notice.kind == NoticeKind.EXPIRED
        else CertificateRenewalDue(**facts, noticed_on=today, threshold_days=notice.threshold_days)
    )
    await outbox.record(session, event, now=now)


def _facts(certificate: Certificate) -> dict[str, object]:
    return {
        "certificate_id": certificate.id,
        "number": certificate.number,
        "application_id": certificate.application_id,
        "qualification_id": certificate.qualification_id,
        "qualification_version": certificate.qualification_version,
        "valid_until": certificate.valid_until,
    }
