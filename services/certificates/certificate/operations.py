"""How a certificate stands now: its timeline, and the verdict."""

from collections.abc import Sequence

from services.certificates.certificate.models import Certificate, CertificateChange
from services.certificates.certificate.queries import list_changes
from services.certificates.certificate.standing import (
    StandingRules,
    Timeline,
    Verdict,
    standing_on,
)
from services.certificates.settings import CertificatesContext, CertificatesSettings


async def current_verdict(context: CertificatesContext, certificate: Certificate) -> Verdict:
    """The verdict on a locked certificate, today and by the changes recorded until now."""
    changes = await list_changes(context.session, [certificate.id])
    return verdict_by(context, certificate, changes[certificate.id])


def verdict_by(
    context: CertificatesContext, certificate: Certificate, changes: Sequence[CertificateChange]
) -> Verdict:
    """How a certificate stands now, by these changes."""
    timeline = build_timeline(context, certificate, changes)
    return standing_on(timeline, context.today, standing_rules(context.settings)).verdict


def build_timeline(
    context: CertificatesContext, certificate: Certificate, changes: Sequence[CertificateChange]
) -> Timeline:
    """The timeline of a certificate by those of its changes that are known now."""
    return Timeline.known_at(
        certificate.issued_on,
        certificate.valid_until,
        (change.to_change() for change in changes),
        context.now,
    )


def standing_rules(settings: CertificatesSettings) -> StandingRules:
    """What the acts leave open about a certificate's standing, by the settings."""
    return StandingRules(settings.expiring_days, settings.supersession_ends)
