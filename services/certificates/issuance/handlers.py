"""Consumed events: what the certificates service does when other services publish."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance import operations, statement
from services.certificates.settings import CertificatesSettings
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.messaging.inbox import Handlers


def event_handlers(settings: CertificatesSettings) -> Handlers:
    """The handler of each consumed event type, under these settings."""

    async def on_application_approved(
        session: AsyncSession, event: ApplicationApproved, now: datetime
    ) -> None:
        """Issues the certificate of an approved application, or requests its number."""
        await operations.issue_certificate(session, event, now, settings)

    async def on_application_not_confirmed(
        session: AsyncSession, event: ApplicationNotConfirmed, now: datetime
    ) -> None:
        """Issues the not-passed statement of a candidate who was not certified."""
        await statement.issue_statement(session, event, now, settings)

    return {
        ApplicationApproved: on_application_approved,
        ApplicationNotConfirmed: on_application_not_confirmed,
    }
