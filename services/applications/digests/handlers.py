"""The events from which digests are told what no other table of the service has."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.digests.models import RenewalCapacity
from shared.db import execute
from shared.events.certificates import RenewalCapacityChanged
from shared.messaging.inbox import Handlers


async def _on_capacity_changed(
    session: AsyncSession, event: RenewalCapacityChanged, _: datetime
) -> None:
    """Keeps how many renewals a day can take, unless a later number is known."""
    fields = {"qualification_id", "council", "places_per_day", "known_at"}
    values = event.model_dump(include=fields)
    statement = insert(RenewalCapacity).values(values)
    await execute(
        session,
        statement.on_conflict_do_update(
            index_elements=[col(RenewalCapacity.qualification_id)],
            set_=values,
            where=col(RenewalCapacity.known_at) < event.known_at,
        ),
    )


DIGEST_HANDLERS: Handlers = {RenewalCapacityChanged: _on_capacity_changed}
