"""What is stuck on the event path: events that wait for the relay, and dead letters."""

from collections.abc import Sequence

from prometheus_client.core import Metric
from sqlalchemy import func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.lease import list_leases
from shared.messaging.outbox import RELAY_LEASE
from shared.messaging.parked_events import count_parked
from shared.messaging.tables import dead_letter, outbox
from shared.metrics.database import COUNT_LIMIT, count_rows
from shared.metrics.families import build_gauge, build_labelled_gauge

OPEN_STATUSES = ("waiting", "parked")
LEASES = (RELAY_LEASE,)
"""The duties of a service in which one process at a time leads."""
_IS_UNPUBLISHED = outbox.c.published_at.is_(None)


async def measure_outbox(session: AsyncSession) -> tuple[int, float]:
    """How many events wait for the relay, up to `COUNT_LIMIT`; for how many seconds the oldest.

    By the database's clock; 0 seconds where none waits. Those that wait behind a parked one of
    their key have no age: they wait for an operator.
    """
    age_seconds = func.extract("epoch", func.clock_timestamp() - outbox.c.recorded_at)
    parked = outbox.alias("parked")
    parked_keys = select(parked.c.topic, parked.c.key).where(
        parked.c.published_at.is_(None), parked.c.parked_at.is_not(None)
    )
    may_go = tuple_(outbox.c.topic, outbox.c.key).not_in(parked_keys)
    oldest = select(age_seconds).where(_IS_UNPUBLISHED, may_go).order_by(outbox.c.id).limit(1)
    oldest_seconds = (await execute(session, oldest)).scalar_one_or_none()
    unpublished = await count_rows(session, select(outbox.c.id).where(_IS_UNPUBLISHED))
    return unpublished, max(float(oldest_seconds or 0), 0)


async def read_outbox_gauges(session: AsyncSession) -> Sequence[Metric]:
    """How many events wait for the relay, and for how long."""
    unpublished, oldest_seconds = await measure_outbox(session)
    return [
        build_gauge(
            "attesta_outbox_parked",
            "Events that no broker takes; later ones of their keys wait behind them",
            await count_parked(session),
        ),
        build_gauge(
            "attesta_outbox_unpublished",
            f"Events that the relay has yet to publish; {COUNT_LIMIT} stands for more, too",
            unpublished,
        ),
        build_gauge(
            "attesta_outbox_oldest_seconds",
            "For how long the first that may go has waited; 0 where none waits",
            oldest_seconds,
        ),
    ]


async def read_lease_gauges(session: AsyncSession) -> Sequence[Metric]:
    """Whether somebody leads in each duty, and how often that has changed."""
    states = {state.name: state for state in await list_leases(session)}
    seconds = {
        (name,): max(states[name].remaining.total_seconds(), 0) if name in states else 0.0
        for name in LEASES
    }
    return [
        build_labelled_gauge(
            "attesta_lease_remaining_seconds",
            "For how long the leader's lease holds without a renewal; 0: nobody leads",
            ["lease"],
            seconds,
        ),
        build_labelled_gauge(
            "attesta_lease_fence",
            "Grows with each change of who leads; 0: nobody ever did",
            ["lease"],
            {(name,): states[name].fence if name in states else 0 for name in LEASES},
        ),
    ]


async def read_dead_letter_gauges(session: AsyncSession) -> Sequence[Metric]:
    """How many events wait for an operator's decision, and how many are parked behind them."""
    letters = select(dead_letter.c.status).where(dead_letter.c.settled_at.is_(None))
    bounded = letters.limit(COUNT_LIMIT).subquery()
    query = select(bounded.c.status, func.count()).group_by(bounded.c.status)
    numbers = {row[0]: row[1] for row in await execute(session, query)}
    return [
        build_labelled_gauge(
            "attesta_dead_letters",
            "Events that could not be handled (waiting), and those parked behind them",
            ["status"],
            {(status,): numbers.get(status, 0) for status in OPEN_STATUSES},
        )
    ]
