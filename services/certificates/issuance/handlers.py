"""Events in: what the certificates service does when the others tell something."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance import operations, statement
from services.certificates.settings import CertificatesSettings
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.messaging.inbox import Handlers


def handlers(settings: CertificatesSettings) -> Handlers:
    """What is done with which event, under these settings."""

    async def on_application_approved(
        session: AsyncSession, event: ApplicationApproved, now: datetime
    ) -> None:
        """The council decided: the certificate is issued, or its number asked for."""
        await operations.issue(session, event, now, settings)

    async def on_application_not_confirmed(
        session: AsyncSession, event: ApplicationNotConfirmed, now: datetime
    ) -> None:
        """The council did not certify: the statement is issued."""
        await statement.issue(session, event, now, settings)

    return {
        ApplicationApproved: on_application_approved,
        ApplicationNotConfirmed: on_application_not_confirmed,
    }
