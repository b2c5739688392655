"""Endpoints for monitoring, read in HTTP processes: they outlive a dead sender."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prometheus_client.core import Metric
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.webhooks.claims import behind_endpoints
from services.certificates.webhooks.models import WebhookEndpoint
from services.certificates.webhooks.rules import SENT_STATES, EndpointState
from shared.clock import Clock
from shared.db import execute
from shared.metrics.database import GaugeQuery, count_rows
from shared.metrics.families import build_labelled_gauge

CHANNEL = "webhook"
OLDEST_LOOKED_AT = 200
"""Of so many endpoints, those tried next, it is asked since when their next event waits."""
_OLDEST = text(
    """
    SELECT min(greatest(e.next_attempt_at, (v.content::json ->> 'time')::timestamptz))
    FROM (
        SELECT subscription_id, delivered_through, next_attempt_at FROM webhook_endpoint
        WHERE delivered_through < last_sequence AND state IN ('active', 'failing')
          AND next_attempt_at <= :now
        ORDER BY next_attempt_at LIMIT :limit
    ) AS e
    LEFT JOIN LATERAL (
        SELECT content FROM roster_event
        WHERE subscription_id = e.subscription_id AND sequence = e.delivered_through + 1
    ) AS v ON true
    """
)


def build_webhook_gauges(clock: Clock) -> GaugeQuery:
    """The query of the gauges of endpoints."""

    async def read_webhook_gauges(session: AsyncSession) -> Sequence[Metric]:
        by_state = {(state.value,): await _count(session, state) for state in EndpointState}
        behind_by_state = {
            (CHANNEL, state.value): await _count(session, state, *behind_endpoints())
            for state in SENT_STATES
        }
        return [
            build_labelled_gauge(
                "attesta_endpoints", "Addresses of portals, by state", ["state"], by_state
            ),
            build_labelled_gauge(
                "attesta_deliveries_open",
                "Deliveries that are to be tried, by state; of webhooks, addresses that are behind",
                ["channel", "state"],
                behind_by_state,
            ),
            build_labelled_gauge(
                "attesta_delivery_oldest_seconds",
                "For how long the try has been due that waits longest; 0 where none is due",
                ["channel"],
                {(CHANNEL,): await _measure_oldest(session, clock.now())},
            ),
        ]

    return read_webhook_gauges


async def _count(session: AsyncSession, state: EndpointState, *conditions: Any) -> int:
    query = select(WebhookEndpoint.id).where(*conditions, col(WebhookEndpoint.state) == state)
    return await count_rows(session, query)


async def _measure_oldest(session: AsyncSession, now: datetime) -> float:
    parameters = {"now": now, "limit": OLDEST_LOOKED_AT}
    waiting_since: datetime | None = (await execute(session, _OLDEST, parameters)).scalar_one()
    return max((now - waiting_since).total_seconds(), 0) if waiting_since else 0
