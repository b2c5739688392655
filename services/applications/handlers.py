"""The events of other services that the applications service handles."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.operations import keep_version, keep_withdrawal
from services.applications.application.status import Actor
from services.applications.decision.operations import record_certificate
from services.applications.decision.registry_entries import take_in_registry_entry
from services.applications.digests.handlers import DIGEST_HANDLERS
from services.applications.letters.handlers import letter_handlers
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.events.catalog import QualificationPublished, QualificationWithdrawn
from shared.events.certificates import CertificateIssued, RegistrationEntered
from shared.messaging.inbox import Handlers

REGISTRY_ACTOR = "registry"


def event_handlers(settings: ApplicationsSettings) -> Handlers:
    """The handler of each event type, bound to the settings."""

    async def on_qualification_published(
        session: AsyncSession, event: QualificationPublished, now: datetime
    ) -> None:
        """Stores the version: from its effective day people may apply for it."""
        await keep_version(session, event, now)

    async def on_qualification_withdrawn(
        session: AsyncSession, event: QualificationWithdrawn, now: datetime
    ) -> None:
        """Stores the withdrawal: from its last day nobody may apply for this qualification."""
        await keep_withdrawal(session, event, now)

    async def on_certificate_issued(
        session: AsyncSession, event: CertificateIssued, now: datetime
    ) -> None:
        """Records the certificate; the centre hands it over next."""
        context = command_context(session, now, settings, Actor.CERTIFICATES)
        await record_certificate(context, event)

    async def on_registration_entered(
        session: AsyncSession, event: RegistrationEntered, now: datetime
    ) -> None:
        """Records the entry of an issued certificate or statement, and of no later change."""
        if event.event == "issued":
            context = command_context(session, now, settings, REGISTRY_ACTOR)
            await take_in_registry_entry(context, event)

    return {
        QualificationPublished: on_qualification_published,
        QualificationWithdrawn: on_qualification_withdrawn,
        CertificateIssued: on_certificate_issued,
        RegistrationEntered: on_registration_entered,
        **letter_handlers(settings),
        **DIGEST_HANDLERS,
    }
