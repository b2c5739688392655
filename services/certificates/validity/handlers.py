"""Events of the catalog that the notices follow."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.plan_changes import keep_council_plan
from shared.context import command_context
from shared.events.catalog import QualificationNoticePlanSet
from shared.messaging.inbox import Handlers

CATALOG_ACTOR = "catalog"


def notice_handlers(settings: CertificatesSettings) -> Handlers:
    """The handler of each consumed event type, under these settings."""

    async def on_notice_plan_set(
        session: AsyncSession, event: QualificationNoticePlanSet, now: datetime
    ) -> None:
        """Keeps the council's plan for the scheduler, which applies it to certificates."""
        context = command_context(session, now, settings, CATALOG_ACTOR)
        await keep_council_plan(context, event)

    return {QualificationNoticePlanSet: on_notice_plan_set}
