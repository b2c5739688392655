"""The verdict on a locked certificate, now."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.standing import Verdict, standing_on
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date


async def current_verdict(
    session: AsyncSession, certificate: Certificate, now: datetime, settings: CertificatesSettings
) -> Verdict:
    """The verdict on a locked certificate, today and by the changes recorded until now."""
    changes = await queries.list_changes(session, [certificate.id])
    return verdict_by(certificate, changes[certificate.id], now, settings)


def verdict_by(
    certificate: Certificate,
    changes: Sequence[CertificateChange],
    now: datetime,
    settings: CertificatesSettings,
) -> Verdict:
    """How a certificate stands now, by these changes."""
    return standing_on(
        certificate.issued_on,
        certificate.valid_until,
        [change.to_change() for change in changes],
        civil_date(now, settings.time_zone),
        now,
        settings.expiring_days,
    ).verdict
