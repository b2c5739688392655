"""How long the oldest change has waited to be told to those who watch it."""

from collections.abc import Sequence

from prometheus_client.core import Metric
from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import PendingChange
from services.certificates.rosters.sequencer import ROSTERS_JOB
from shared.clock import Clock
from shared.db import execute
from shared.job_states.rows import is_set_aside
from shared.metrics.database import GaugeQuery
from shared.metrics.families import build_gauge


def build_roster_gauges(clock: Clock) -> GaugeQuery:
    """The query of the gauge; certificates set aside are told by a gauge of their own."""

    async def read_roster_gauges(session: AsyncSession) -> Sequence[Metric]:
        query = (
            select(col(PendingChange.recorded_at))
            .where(~is_set_aside(ROSTERS_JOB, col(PendingChange.certificate_id)))
            .order_by(col(PendingChange.id))
            .limit(1)
        )
        recorded_at = (await execute(session, query)).scalar_one_or_none()
        age = (clock.now() - recorded_at).total_seconds() if recorded_at else 0
        return [
            build_gauge(
                "attesta_roster_oldest_seconds",
                "Since the oldest change was recorded that rosters are yet to be told; 0: none",
                max(age, 0),
            )
        ]

    return read_roster_gauges
