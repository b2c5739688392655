"""How long the oldest change has waited to be told to those who watch it."""

from collections.abc import Sequence
from typing import Any

from prometheus_client.core import Metric
from sqlalchemy import Select, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import PendingChange
from services.certificates.rosters.sequencer import ROSTERS_JOB
from shared.clock import Clock
from shared.job_states.rows import is_set_aside
from shared.job_states.waiting import age_of_oldest
from shared.metrics.database import GaugeQuery
from shared.metrics.families import build_gauge


def select_untold_times() -> Select[Any]:
    """When changes were recorded that rosters are yet to be told, but for those set aside."""
    return (
        select(col(PendingChange.recorded_at))
        .where(~is_set_aside(ROSTERS_JOB, col(PendingChange.certificate_id)))
        .order_by(col(PendingChange.id))
    )


def build_roster_gauges(clock: Clock) -> GaugeQuery:
    """The query of the gauge; certificates set aside are told by a gauge of their own."""
    measure_age = age_of_oldest(clock, select_untold_times())

    async def read_roster_gauges(session: AsyncSession) -> Sequence[Metric]:
        return [
            build_gauge(
                "attesta_roster_oldest_seconds",
                "Since the oldest change was recorded that rosters are yet to be told; 0: none",
                await measure_age(session),
            )
        ]

    return read_roster_gauges
