"""Reads of webhooks: a portal's own endpoints, their attempts, the events that are to be sent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.rosters.models import RosterEvent, Subscription
from services.certificates.webhooks.claims import behind_endpoints
from services.certificates.webhooks.models import DeliveryAttempt, EndpointCheck, WebhookEndpoint
from shared.errors import NotFound
from shared.metrics.database import count_rows
from shared.paging import SortKey, get_newest_page

_ATTEMPT_KEYS: list[SortKey] = [
    (col(DeliveryAttempt.started_at), AwareDatetime),
    (col(DeliveryAttempt.id), UUID),
]


async def get_endpoint(
    session: AsyncSession, employer: str, endpoint_id: UUID, *, is_locked: bool = False
) -> WebhookEndpoint:
    """An endpoint of this employer's, locked until the transaction ends if need be.

    Raises `NotFound`, also for another's.
    """
    query = (
        select(WebhookEndpoint)
        .join(Subscription, col(Subscription.id) == WebhookEndpoint.subscription_id)
        .where(WebhookEndpoint.id == endpoint_id, Subscription.employer == employer)
    )
    if is_locked:
        query = query.with_for_update(of=WebhookEndpoint)
    endpoint = (await session.exec(query)).first()
    if endpoint is None:
        raise NotFound("endpoint.unknown", "You have no such endpoint.")
    return endpoint


async def list_endpoints(session: AsyncSession, subscription_id: UUID) -> Sequence[WebhookEndpoint]:
    """The endpoints of a subscription, the oldest first: there are few."""
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.subscription_id == subscription_id)
        .order_by(col(WebhookEndpoint.created_at), col(WebhookEndpoint.id))
    )
    return (await session.exec(query)).all()


async def get_check(session: AsyncSession, check_id: UUID) -> EndpointCheck | None:
    """A check; None where its endpoint was deleted meanwhile."""
    return await session.get(EndpointCheck, check_id)


async def list_attempts(
    session: AsyncSession, endpoint_id: UUID, cursor: str | None, limit: int
) -> tuple[Sequence[DeliveryAttempt], str | None]:
    """A page of the attempts that are kept, the newest first, and the next one's cursor."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.target_id == endpoint_id)
    return await get_newest_page(session, query, _ATTEMPT_KEYS, cursor, limit)


async def list_contents(
    session: AsyncSession, subscription_id: UUID, first: int, last: int
) -> list[str]:
    """The contents of these events that are still kept, in their order."""
    query = (
        select(RosterEvent.content)
        .where(
            RosterEvent.subscription_id == subscription_id,
            col(RosterEvent.sequence).between(first, last),
            col(RosterEvent.content).is_not(None),
        )
        .order_by(col(RosterEvent.sequence))
    )
    return [content for content in (await session.exec(query)).all() if content is not None]


async def count_behind(session: AsyncSession, now: datetime) -> int:
    """How many endpoints have a message that is due, up to `COUNT_LIMIT`."""
    query = select(WebhookEndpoint.id).where(
        *behind_endpoints(), col(WebhookEndpoint.next_attempt_at) <= now
    )
    return await count_rows(session, query)
