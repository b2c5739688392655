"""How many live certificates end in each week of the next year: counted hourly, read by pages.

A count of some millions is near the limit of a page's panel. The table costs the page its rows, and
says nothing that is not an hour old.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesContext
from services.certificates.validity.models import ExpiryWeek
from shared.db import execute
from shared.job_states.states import lock_cursor, read_last_success

EXPIRY_WEEKS_JOB = "expiry-weeks"
WEEK_DAYS = 7
CHART_DAYS = 52 * WEEK_DAYS

_COUNT = text(
    """
    WITH counted AS (
        SELECT ends_on - CAST(extract(isodow FROM ends_on) AS integer) + 1 AS week,
               count(*) AS live
        FROM certificate
        WHERE next_notice_on IS NOT NULL AND ends_on BETWEEN :today AND :last_day
        GROUP BY 1
    ), removed AS (
        DELETE FROM expiry_week WHERE week NOT IN (SELECT week FROM counted)
    )
    INSERT INTO expiry_week (week, live) SELECT week, live FROM counted
    ON CONFLICT (week) DO UPDATE SET live = excluded.live
    """
)


@dataclass(frozen=True, slots=True)
class ExpiryChart:
    """Live certificates by the Monday of the week in which they end; None: never counted."""

    counted_at: datetime | None
    live_by_week: Mapping[date, int]


async def count_expiries(context: CertificatesContext) -> None:
    """Counts the weeks of the next year, from today on, in place of what was counted before."""
    await lock_cursor(context.session, EXPIRY_WEEKS_JOB)  # one process at a time
    last_day = context.today + timedelta(days=CHART_DAYS)
    await execute(context.session, _COUNT, {"today": context.today, "last_day": last_day})


async def read_expiry_chart(session: AsyncSession) -> ExpiryChart:
    """The weeks as they were counted last, and when that was."""
    counted_at = await read_last_success(session, EXPIRY_WEEKS_JOB)
    weeks = (await session.exec(select(ExpiryWeek).order_by(col(ExpiryWeek.week)))).all()
    return ExpiryChart(counted_at, {row.week: row.live for row in weeks})
