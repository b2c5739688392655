"""Notices for monitoring: what is due, how late it is, what was recorded.

What is due is read in HTTP processes, which outlive a dead scheduler. What was recorded is counted
where it is, once its transaction has committed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from prometheus_client import Counter, Histogram
from prometheus_client.core import Metric
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.rules import NoticeKind, SuppressionReason, notice_kind
from shared.clock import Clock, civil_date
from shared.db import execute
from shared.job_states.rows import is_set_aside
from shared.metrics.database import COUNT_LIMIT, GaugeQuery, count_rows
from shared.metrics.families import build_gauge
from shared.metrics.registry import PROCESS_REGISTRY

NOTICES_JOB = "notices"
PUBLISHED = "published"
"""Stands for the reason of a notice that has none."""

NOTICES = Counter(
    "attesta_notices",
    "Notices entered into the ledger, by kind, and by the reason for which one was not published",
    ["kind", "reason"],
    registry=PROCESS_REGISTRY,
)
NOTICE_LAG_SECONDS = Histogram(
    "attesta_notice_lag_seconds",
    "From the midnight that begins the day on which a notice is due to its entry",
    buckets=(60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 259200, 604800),
    registry=PROCESS_REGISTRY,
)
for _kind in NoticeKind:
    for _reason in (PUBLISHED, *SuppressionReason):
        NOTICES.labels(_kind.value, str(_reason))


def observe_notices(
    groups: Iterable[tuple[int, str | None, date, int]], now: datetime, zone: ZoneInfo
) -> None:
    """Counts notices entered at `now`: threshold in days, reason, day due, and how many."""
    for threshold_days, reason, due_on, number in groups:
        NOTICES.labels(notice_kind(threshold_days).value, reason or PUBLISHED).inc(number)
        lag_seconds = _seconds_since(due_on, now, zone)
        for _ in range(number):
            NOTICE_LAG_SECONDS.observe(lag_seconds)


def build_notice_gauges(clock: Clock, settings: CertificatesSettings) -> GaugeQuery:
    """The query of the gauges of due notices; rows set aside are told by a gauge of their own."""

    async def read_notice_gauges(session: AsyncSession) -> Sequence[Metric]:
        now = clock.now()
        today = civil_date(now, settings.time_zone)
        due_days = (
            select(col(Certificate.next_notice_on))
            .where(
                col(Certificate.next_notice_on) <= today,
                ~is_set_aside(NOTICES_JOB, col(Certificate.id)),
            )
            .order_by(col(Certificate.next_notice_on))
        )
        oldest_due_on = (await execute(session, due_days.limit(1))).scalar_one_or_none()
        return [
            build_gauge(
                "attesta_notices_due",
                f"Certificates that wait for a notice; {COUNT_LIMIT} stands for more, too",
                await count_rows(session, due_days),
            ),
            build_gauge(
                "attesta_notice_oldest_due_seconds",
                "Since the midnight that begins the day of the oldest of them; 0 where none waits",
                _seconds_since(oldest_due_on, now, settings.time_zone),
            ),
        ]

    return read_notice_gauges


def _seconds_since(day: date | None, now: datetime, zone: ZoneInfo) -> float:
    """The seconds since the civil midnight that begins the day; 0 without one, never below."""
    if day is None:
        return 0
    midnight = datetime.combine(day, time(0), zone)
    return max((now - midnight).total_seconds(), 0)
