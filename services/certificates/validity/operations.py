"""Notices that a certificate's validity calls for: recorded once each. None commits."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.events import event_fields
from services.certificates.certificate.models import Certificate
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import queries
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.rules import Notice, NoticeKind, due_notices, next_notice_on
from shared.clock import civil_date
from shared.events.certificates import CertificateEvent, CertificateExpired, CertificateRenewalDue
from shared.messaging import outbox


async def record_due_notices(
    session: AsyncSession, now: datetime, settings: CertificatesSettings
) -> int:
    """Records one batch of due notices; returns how many certificates it visited, 0 at the end.

    Every notice whose day has come and that the ledger lacks is recorded with its event, also
    after days without a scan; then the certificate waits for the date of its next notice.
    """
    today = civil_date(now, settings.time_zone)
    thresholds = settings.renewal_thresholds_days
    certificates = await queries.lock_due_certificates(session, today, settings.scan_batch)
    notices_by_certificate = await queries.list_recorded_notices(session, certificates)
    for certificate in certificates:
        certificate_notices = notices_by_certificate[certificate.id]
        for notice in due_notices(certificate.ends_on, today, thresholds):
            if notice not in certificate_notices:
                await _record_notice(session, certificate, notice, today, now)
        certificate_notices.update(due_notices(certificate.ends_on, today, thresholds))
        certificate.next_notice_on = next_notice_on(
            certificate.ends_on, thresholds, certificate_notices
        )
    await session.flush()
    return len(certificates)


async def reschedule_notices(
    session: AsyncSession, after_id: UUID | None, settings: CertificatesSettings
) -> UUID | None:
    """Recomputes the next notice's date of one batch from the thresholds of the settings.

    Returns the last id of the batch, None when the batch was empty.
    """
    certificates = await queries.lock_certificates_after(session, after_id, settings.scan_batch)
    notices_by_certificate = await queries.list_recorded_notices(session, certificates)
    for certificate in certificates:
        certificate.next_notice_on = next_notice_on(
            certificate.ends_on,
            settings.renewal_thresholds_days,
            notices_by_certificate[certificate.id],
        )
    await session.flush()
    return certificates[-1].id if certificates else None


async def _record_notice(
    session: AsyncSession, certificate: Certificate, notice: Notice, today: date, now: datetime
) -> None:
    """Enters the notice into the ledger and records its event."""
    entry = {
        "certificate_id": certificate.id,
        "kind": notice.kind,
        "threshold_days": notice.threshold_days,
        "generation": certificate.generation,
        "noticed_on": today,
        "recorded_at": now,
    }
    await session.exec(insert(ValidityNotice).values(entry))
    fields = event_fields(certificate)
    event: CertificateEvent = (
        CertificateExpired(**fields, noticed_on=today)
        if notice.kind == NoticeKind.EXPIRED
        else CertificateRenewalDue(**fields, noticed_on=today, threshold_days=notice.threshold_days)
    )
    await outbox.record_events(session, event, now=now)
