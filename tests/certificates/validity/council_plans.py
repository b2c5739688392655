"""What councils say of their qualifications' notices, as the catalog tells it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from services.certificates.scheduler import Duties
from shared.events.catalog import QualificationNoticePlanSet
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import QUALIFICATION, delivery
from tests.clock import ManualClock


async def tell_plan(
    consumer: Consumer,
    clock: ManualClock,
    revision: int,
    thresholds: Sequence[int] | None,
    *,
    qualification_id: UUID = QUALIFICATION.id,
    event_id: UUID | None = None,
) -> None:
    """Hands the consumer the event that a council set this; None: back to the default."""
    event = QualificationNoticePlanSet(
        qualification_id=qualification_id,
        revision=revision,
        thresholds_days=None if thresholds is None else tuple(thresholds),
        set_at=clock.now(),
    )
    await consumer.handle_record(delivery(event, clock.now(), event_id))


async def follow_plan_at_last(duties: Duties) -> None:
    """Rounds of the scheduler's job until one ends well: it gives up where others hold the plan."""
    while True:
        try:
            await duties.follow_plan()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise
        else:
            return
