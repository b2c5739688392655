"""Letters for monitoring, read in HTTP processes: they outlive a dead sender."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.letters.models import Letter
from services.applications.letters.rules import OPEN_STATES, LetterChannel
from shared.clock import Clock
from shared.db import execute
from shared.metrics.database import COUNT_LIMIT, GaugeQuery
from shared.metrics.families import build_labelled_gauge


def build_letter_gauges(clock: Clock) -> GaugeQuery:
    """The query of the gauges of open letters."""

    async def read_letter_gauges(session: AsyncSession) -> Sequence[Metric]:
        channel = LetterChannel.EMAIL
        numbers = await _count_open_letters(session, channel)
        oldest = select(func.min(Letter.next_attempt_at)).where(
            col(Letter.channel) == channel, col(Letter.state).in_(OPEN_STATES)
        )
        next_attempt_at: datetime | None = (await execute(session, oldest)).scalar_one()
        seconds = (clock.now() - next_attempt_at).total_seconds() if next_attempt_at else 0
        return [
            build_labelled_gauge(
                "attesta_deliveries_open",
                "Deliveries that are to be tried, by state; of very many, those due first",
                ["channel", "state"],
                {(channel.value, state.value): numbers[state] for state in OPEN_STATES},
            ),
            build_labelled_gauge(
                "attesta_delivery_oldest_seconds",
                "For how long the try has been due that waits longest; 0 where none is due",
                ["channel"],
                {(channel.value,): max(seconds, 0)},
            ),
        ]

    return read_letter_gauges


async def _count_open_letters(session: AsyncSession, channel: LetterChannel) -> Counter[str]:
    nearest = (
        select(col(Letter.state))
        .where(col(Letter.channel) == channel, col(Letter.state).in_(OPEN_STATES))
        .order_by(col(Letter.next_attempt_at), col(Letter.id))
        .limit(COUNT_LIMIT)
        .subquery()
    )
    query = select(nearest.c.state, func.count()).group_by(nearest.c.state)
    return Counter(dict((await execute(session, query)).all()))
