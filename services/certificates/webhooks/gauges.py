"""Endpoints for monitoring, read in HTTP processes: they outlive a dead sender."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prometheus_client.core import Metric
from sqlalchemy import func, select, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.webhooks.claims import behind_endpoints
from services.certificates.webhooks.models import WebhookEndpoint
from services.certificates.webhooks.rules import SENT_STATES, EndpointState
from shared.clock import Clock
from shared.db import execute
from shared.metrics.database import COUNT_LIMIT, GaugeQuery
from shared.metrics.families import build_labelled_gauge

CHANNEL = "webhook"
OLDEST_LOOKED_AT = 200
"""Of so many endpoints, those tried next, it is asked since when their next event waits."""
_OLDEST = text(
    """SELECT min(greatest(e.next_attempt_at, (v.content::json ->> 'time')::timestamptz))
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
        number_by_state = await _count_by_state(session, tuple(EndpointState))
        behind_by_state = await _count_by_state(session, SENT_STATES, *behind_endpoints())
        return [
            build_labelled_gauge(
                "attesta_endpoints",
                "Addresses of portals, by state",
                ["state"],
                {(state.value,): number for state, number in number_by_state.items()},
            ),
            build_labelled_gauge(
                "attesta_deliveries_open",
                "Deliveries that are to be tried, by state; of webhooks, addresses that are behind",
                ["channel", "state"],
                {(CHANNEL, state.value): number for state, number in behind_by_state.items()},
            ),
            build_labelled_gauge(
                "attesta_delivery_oldest_seconds",
                "For how long the try has been due that waits longest; 0 where none is due",
                ["channel"],
                {(CHANNEL,): await _measure_oldest(session, clock.now())},
            ),
        ]

    return read_webhook_gauges


async def _count_by_state(
    session: AsyncSession, states: Sequence[EndpointState], *conditions: Any
) -> dict[EndpointState, int]:
    """How many endpoints are in each of the states, up to `COUNT_LIMIT`, by one statement."""
    counts = []
    for state in states:
        rows = select(col(WebhookEndpoint.id)).where(
            *conditions, col(WebhookEndpoint.state) == state
        )
        counted_rows = rows.limit(COUNT_LIMIT).subquery()
        counts.append(select(func.count()).select_from(counted_rows).scalar_subquery())
    numbers = (await execute(session, select(*counts))).one()
    return dict(zip(states, numbers, strict=True))


async def _measure_oldest(session: AsyncSession, now: datetime) -> float:
    parameters = {"now": now, "limit": OLDEST_LOOKED_AT}
    waiting_since: datetime | None = (await execute(session, _OLDEST, parameters)).scalar_one()
    return max((now - waiting_since).total_seconds(), 0) if waiting_since else 0
