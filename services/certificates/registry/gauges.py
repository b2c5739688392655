"""The registry's feed for monitoring: entries that have no position yet."""

from collections.abc import Sequence

from prometheus_client.core import Metric
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.registry.queries import count_unsequenced_entries
from shared.metrics.database import COUNT_LIMIT
from shared.metrics.families import build_gauge


async def read_feed_gauges(session: AsyncSession) -> Sequence[Metric]:
    """How many entries wait for the sequencer."""
    return [
        build_gauge(
            "attesta_feed_unsequenced",
            f"Entries of the feed without a position; {COUNT_LIMIT} stands for more, too",
            await count_unsequenced_entries(session),
        )
    ]
