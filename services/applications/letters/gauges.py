"""Letters for monitoring, read in HTTP processes: they outlive a dead sender."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.letters.models import Letter
from services.applications.letters.rules import (
    OPEN_STATES,
    UNDELIVERED_STATES,
    LetterChannel,
    LetterState,
)
from shared.clock import Clock
from shared.db import execute
from shared.metrics.database import COUNT_LIMIT, GaugeQuery
from shared.metrics.families import build_labelled_gauge

OPEN_STATES_OF_CHANNELS = {
    LetterChannel.EMAIL: OPEN_STATES,
    LetterChannel.PHONE: (LetterState.PLANNED,),
    LetterChannel.POST: (LetterState.PLANNED, LetterState.PRINTED),
}
"""The states that a channel's letters can be open in."""


def build_letter_gauges(clock: Clock) -> GaugeQuery:
    """The query of the gauges of open letters."""

    async def read_letter_gauges(session: AsyncSession) -> Sequence[Metric]:
        counts: dict[tuple[str, ...], float] = {}
        oldest_seconds: dict[tuple[str, ...], float] = {}
        for channel in LetterChannel:
            numbers = await _count_open_letters(session, channel)
            for state in OPEN_STATES_OF_CHANNELS[channel]:
                counts[channel.value, state.value] = numbers[state]
            oldest_seconds[(channel.value,)] = await _measure_oldest(session, channel, clock.now())
        return [
            build_labelled_gauge(
                "attesta_deliveries_open",
                "Deliveries that are to be tried or done, by state; of very many, those due first",
                ["channel", "state"],
                counts,
            ),
            build_labelled_gauge(
                "attesta_delivery_oldest_seconds",
                "For how long the delivery has been due that waits longest; 0 where none is due",
                ["channel"],
                oldest_seconds,
            ),
        ]

    return read_letter_gauges


async def _measure_oldest(session: AsyncSession, channel: LetterChannel, now: datetime) -> float:
    query = select(func.min(Letter.next_attempt_at)).where(
        col(Letter.channel) == channel, col(Letter.state).in_(UNDELIVERED_STATES)
    )
    next_attempt_at: datetime | None = (await execute(session, query)).scalar_one()
    return max((now - next_attempt_at).total_seconds(), 0) if next_attempt_at else 0


async def _count_open_letters(session: AsyncSession, channel: LetterChannel) -> Counter[str]:
    nearest = (
        select(col(Letter.state))
        .where(col(Letter.channel) == channel, col(Letter.state).in_(UNDELIVERED_STATES))
        .order_by(col(Letter.next_attempt_at), col(Letter.id))
        .limit(COUNT_LIMIT)
        .subquery()
    )
    query = select(nearest.c.state, func.count()).group_by(nearest.c.state)
    return Counter(dict((await execute(session, query)).all()))
