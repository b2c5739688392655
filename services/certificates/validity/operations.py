"""Notices that a certificate's validity calls for: given once each. None commits."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.events import facts
from services.certificates.certificate.models import Certificate
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import queries
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.rules import Notice, NoticeKind, next_notice_on, notices_due
from shared.clock import civil_date
from shared.events.certificates import CertificateEvent, CertificateExpired, CertificateRenewalDue
from shared.messaging import outbox


async def give_notices(session: AsyncSession, now: datetime, settings: CertificatesSettings) -> int:
    """One batch of the scan; how many certificates it saw to, 0 when nothing is due.

    Every notice whose day has come and that the ledger lacks is entered and told, also after days
    without a scan; then the certificate waits for its next date.
    """
    today = civil_date(now, settings.time_zone)
    thresholds = settings.certificates_renewal_thresholds_days
    certificates = await queries.due(session, today, settings.certificates_scan_batch)
    given = await queries.given(session, certificates)
    for certificate in certificates:
        known = given[certificate.id]
        for notice in notices_due(certificate.ends_on, today, thresholds):
            if notice not in known:
                await _give(session, certificate, notice, today, now)
        known.update(notices_due(certificate.ends_on, today, thresholds))
        certificate.next_notice_on = next_notice_on(certificate.ends_on, thresholds, known)
    await session.flush()
    return len(certificates)


async def reconcile_batch(
    session: AsyncSession, last: UUID | None, settings: CertificatesSettings
) -> UUID | None:
    """Sets the next dates of a batch to what the settings' thresholds ask for now.

    Returns the last id of the batch, None when there was none left.
    """
    certificates = await queries.after(session, last, settings.certificates_scan_batch)
    given = await queries.given(session, certificates)
    for certificate in certificates:
        certificate.next_notice_on = next_notice_on(
            certificate.ends_on,
            settings.certificates_renewal_thresholds_days,
            given[certificate.id],
        )
    await session.flush()
    return certificates[-1].id if certificates else None


async def _give(
    session: AsyncSession, certificate: Certificate, notice: Notice, today: date, now: datetime
) -> None:
    entry = {
        "certificate_id": certificate.id,
        "kind": notice.kind,
        "threshold_days": notice.threshold_days,
        "generation": certificate.generation,
        "noticed_on": today,
        "recorded_at": now,
    }
    await session.exec(insert(ValidityNotice).values(entry))
    told = facts(certificate)
    event: CertificateEvent = (
        CertificateExpired(**told, noticed_on=today)
        if notice.kind == NoticeKind.EXPIRED
        else CertificateRenewalDue(**told, noticed_on=today, threshold_days=notice.threshold_days)
    )
    await outbox.record(session, event, now=now)
