"""Windows for monitoring: what is beyond the capacity of the days to come."""

from collections.abc import Sequence

from prometheus_client.core import Metric
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.renewal.models import RenewalSlot
from services.certificates.settings import CertificatesSettings
from shared.clock import Clock, civil_date
from shared.db import execute
from shared.metrics.database import COUNT_LIMIT, GaugeQuery
from shared.metrics.families import build_gauge


def build_renewal_gauges(clock: Clock, settings: CertificatesSettings) -> GaugeQuery:
    """The query of the gauge of windows beyond capacity."""

    async def read_renewal_gauges(session: AsyncSession) -> Sequence[Metric]:
        today = civil_date(clock.now(), settings.time_zone)
        overbooked = (
            select((col(RenewalSlot.assigned) - col(RenewalSlot.capacity)).label("excess"))
            .where(
                col(RenewalSlot.day) >= today,
                col(RenewalSlot.assigned) > col(RenewalSlot.capacity),
            )
            .limit(COUNT_LIMIT)
            .subquery()
        )
        excess = (await execute(session, select(func.sum(overbooked.c.excess)))).scalar_one()
        return [
            build_gauge(
                "attesta_renewal_windows_overbooked",
                "Windows of renewal on days to come, beyond what examinations can take",
                float(excess or 0),
            )
        ]

    return read_renewal_gauges
