"""Changes of plans of notices. None commits."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.notices.models import NoticePlanChange
from services.catalog.notices.queries import get_last_change
from services.catalog.notices.rules import check_thresholds
from services.catalog.qualification.queries import lock_qualification
from services.catalog.settings import CatalogSettings
from shared.context import CommandContext
from shared.errors import check_version
from shared.events.catalog import QualificationNoticePlanSet
from shared.messaging.outbox import record_events


async def set_notice_plan(
    context: CommandContext[CatalogSettings],
    qualification_id: UUID,
    thresholds_days: Sequence[int] | None,
) -> NoticePlanChange | None:
    """Sets a qualification's plan of notices, or takes it back to that of all qualifications.

    The change that stands then; None where it never had a plan of its own. What stands already is
    not set again. Raises `NotFound`, `StaleVersion`, `RuleViolation`.
    """
    session, settings = context.session, context.settings
    thresholds = (
        None
        if thresholds_days is None
        else check_thresholds(
            thresholds_days,
            most_days=settings.notice_days,
            most_thresholds=settings.notice_thresholds,
        )
    )
    await lock_qualification(session, qualification_id)
    last_change = await get_last_change(session, qualification_id)
    last_revision = last_change.revision if last_change else 0
    check_version(last_revision, context.expected_revision)
    if thresholds == (last_change.thresholds_days if last_change else None):
        return last_change
    change = NoticePlanChange(
        qualification_id=qualification_id,
        revision=last_revision + 1,
        thresholds_days=thresholds,
        set_at=context.now,
        set_by=context.actor,
    )
    session.add(change)
    await session.flush()
    await _record_event(session, change)
    return change


async def _record_event(session: AsyncSession, change: NoticePlanChange) -> None:
    event = QualificationNoticePlanSet.model_validate(change, from_attributes=True)
    await record_events(session, event, now=change.set_at)
