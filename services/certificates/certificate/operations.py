"""The verdict on a locked certificate, now."""

from collections.abc import Sequence

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.queries import list_changes
from services.certificates.certificate.standing import Timeline, Verdict, standing_on
from services.certificates.settings import CertificatesContext


async def current_verdict(context: CertificatesContext, certificate: Certificate) -> Verdict:
    """The verdict on a locked certificate, today and by the changes recorded until now."""
    changes = await list_changes(context.session, [certificate.id])
    return verdict_by(context, certificate, changes[certificate.id])


def verdict_by(
    context: CertificatesContext, certificate: Certificate, changes: Sequence[CertificateChange]
) -> Verdict:
    """How a certificate stands now, by these changes."""
    timeline = Timeline.known_at(
        certificate.issued_on,
        certificate.valid_until,
        (change.to_change() for change in changes),
        context.now,
    )
    return standing_on(timeline, context.today, context.settings.expiring_days).verdict
