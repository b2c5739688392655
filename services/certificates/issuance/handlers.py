"""Consumed events: what the certificates service does when other services publish."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance.operations import issue_certificates
from services.certificates.issuance.statement import issue_statement
from services.certificates.issuance.supersession import ISSUANCE_ACTOR
from services.certificates.settings import CertificatesSettings
from shared.context import command_context
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.messaging.envelope import TracedEvent
from shared.messaging.inbox import BatchHandler, Handlers


def issuance_handlers(settings: CertificatesSettings) -> Handlers:
    """The handler of each consumed event type, under these settings."""

    async def on_applications_approved(
        session: AsyncSession, events: Sequence[TracedEvent[ApplicationApproved]], now: datetime
    ) -> None:
        """Issues the certificates of approved applications, or requests their numbers."""
        context = command_context(session, now, settings, ISSUANCE_ACTOR)
        await issue_certificates(context, events)

    async def on_application_not_confirmed(
        session: AsyncSession, event: ApplicationNotConfirmed, now: datetime
    ) -> None:
        """Issues the not-passed statement of a candidate who was not certified."""
        context = command_context(session, now, settings, ISSUANCE_ACTOR)
        await issue_statement(context, event)

    return {
        ApplicationApproved: BatchHandler(on_applications_approved),
        ApplicationNotConfirmed: on_application_not_confirmed,
    }
