"""The events of certificates of which holders are told, and of the plans by which they are."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.status import Actor
from services.applications.decision.operations import follow_certificate
from services.applications.letters.planning import (
    follow_change,
    plan_expiry_letter,
    plan_renewal_letter,
)
from services.applications.letters.rehearsal import keep_notice_plan
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.events.catalog import QualificationNoticePlanSet
from shared.events.certificates import (
    CertificateChanged,
    CertificateExpired,
    CertificateRenewalDue,
)
from shared.messaging.inbox import Handlers


def letter_handlers(settings: ApplicationsSettings) -> Handlers:
    """The handler of each event type, bound to the settings."""

    async def on_renewal_due(
        session: AsyncSession, event: CertificateRenewalDue, now: datetime
    ) -> None:
        """Plans the letter that tells the holder."""
        context = command_context(session, now, settings, Actor.CERTIFICATES)
        await plan_renewal_letter(context, event)

    async def on_certificate_expired(
        session: AsyncSession, event: CertificateExpired, now: datetime
    ) -> None:
        """Plans the letter that tells the holder."""
        context = command_context(session, now, settings, Actor.CERTIFICATES)
        await plan_expiry_letter(context, event)

    async def on_certificate_changed(
        session: AsyncSession, event: CertificateChanged, now: datetime
    ) -> None:
        """Keeps how the certificate stands; suppresses letters that are true no longer."""
        context = command_context(session, now, settings, Actor.CERTIFICATES)
        await follow_certificate(context, event)
        await follow_change(context, event)

    async def on_notice_plan_set(
        session: AsyncSession, event: QualificationNoticePlanSet, _: datetime
    ) -> None:
        """Keeps the council's plan, by which letters to come are rehearsed."""
        await keep_notice_plan(session, event)

    return {
        QualificationNoticePlanSet: on_notice_plan_set,
        CertificateRenewalDue: on_renewal_due,
        CertificateExpired: on_certificate_expired,
        CertificateChanged: on_certificate_changed,
    }
