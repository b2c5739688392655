"""The verdict on a locked certificate, now."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.standing import Verdict, standing
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date


async def present_verdict(
    session: AsyncSession, certificate: Certificate, now: datetime, settings: CertificatesSettings
) -> Verdict:
    """How a locked certificate stands now."""
    changes = await queries.changes(session, [certificate.id])
    return verdict_by(certificate, changes[certificate.id], now, settings)


def verdict_by(
    certificate: Certificate,
    changes: Sequence[CertificateChange],
    now: datetime,
    settings: CertificatesSettings,
) -> Verdict:
    """How a certificate stands now, by these changes."""
    return standing(
        certificate.issued_on,
        certificate.valid_until,
        [change.fact() for change in changes],
        civil_date(now, settings.time_zone),
        now,
        settings.expiring_days,
    ).verdict
