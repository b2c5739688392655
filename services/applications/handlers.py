"""Events in: what the applications service does when the others tell something."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import operations
from services.applications.decision import operations as decision_operations
from services.applications.decision.schemas import RegistryEntry
from services.applications.settings import ApplicationsSettings
from shared.events.catalog import QualificationPublished, QualificationWithdrawn
from shared.events.certificates import CertificateIssued, RegistrationEntered
from shared.messaging.inbox import Handlers


def handlers(settings: ApplicationsSettings) -> Handlers:
    """What is done with which event, under these settings."""

    async def on_qualification_published(
        session: AsyncSession, event: QualificationPublished, now: datetime
    ) -> None:
        """From its effective day people may apply for this version."""
        await operations.keep_version(session, event, now)

    async def on_qualification_withdrawn(
        session: AsyncSession, event: QualificationWithdrawn, now: datetime
    ) -> None:
        """From its last day on nobody may apply for this qualification."""
        await operations.keep_withdrawal(session, event, now)

    async def on_certificate_issued(
        session: AsyncSession, event: CertificateIssued, now: datetime
    ) -> None:
        """The centre hands the certificate over next."""
        await decision_operations.record_certificate(session, event, now, settings)

    async def on_registration_entered(
        session: AsyncSession, event: RegistrationEntered, now: datetime
    ) -> None:
        """The registry has entered the result: of later entries the application knows nothing."""
        if event.event == "issued":
            told = event.model_dump(mode="json", include={"record_number", "entered_on"})
            entry = RegistryEntry.model_validate(told)
            await decision_operations.enter_in_registry(
                session, event.application_id, entry, None, now, settings
            )

    return {
        QualificationPublished: on_qualification_published,
        QualificationWithdrawn: on_qualification_withdrawn,
        CertificateIssued: on_certificate_issued,
        RegistrationEntered: on_registration_entered,
    }
