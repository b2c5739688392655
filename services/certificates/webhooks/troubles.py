"""Addresses of portals that events do not reach, for operations: which, since when, and why."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.webhooks.models import WebhookEndpoint
from services.certificates.webhooks.rules import EndpointState
from shared.db import execute
from shared.metrics.database import count_rows

TROUBLED_STATES = (EndpointState.FAILING, EndpointState.PAUSED, EndpointState.DISABLED)
"""The states in which a portal does not get its events."""

_LIST = text(
    """
    SELECT e.host, s.employer, e.state, e.failures, e.failing_since,
           e.last_sequence - e.delivered_through AS waiting,
           CASE WHEN e.state = 'failing' THEN e.next_attempt_at END AS next_attempt_at,
           a.failure, a.trace_id
    FROM webhook_endpoint AS e
    JOIN subscription AS s ON s.id = e.subscription_id
    LEFT JOIN LATERAL (
        SELECT failure, trace_id FROM delivery_attempt
        WHERE target_id = e.id ORDER BY started_at DESC LIMIT 1
    ) AS a ON true
    WHERE e.state = ANY(:states)
    ORDER BY e.failing_since NULLS LAST, e.id OFFSET :offset LIMIT :limit
    """
)


async def count_troubled_endpoints(session: AsyncSession) -> int:
    """How many addresses do not get their events, up to `COUNT_LIMIT`."""
    query = select(WebhookEndpoint.id).where(col(WebhookEndpoint.state).in_(TROUBLED_STATES))
    return await count_rows(session, query)


async def list_troubled_endpoints(
    session: AsyncSession, offset: int, limit: int
) -> Sequence[Row[Any]]:
    """These addresses with their last tries, those that have failed for longest first.

    Only the host is told: a portal may have put a secret into the path.
    """
    states = [state.value for state in TROUBLED_STATES]
    parameters = {"states": states, "offset": offset, "limit": limit}
    return (await execute(session, _LIST, parameters)).all()
