"""How far a service's consumers are behind, measured by its workers and kept in rows.

Pages read the rows: they ask no broker, so one that hangs delays nobody. A worker measures its own
partitions; the rows of all partitions are those of all workers.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.db import Database, execute
from shared.duties import note_success
from shared.messaging.consumer import Consumer
from shared.messaging.tables import consumer_lag

MEASURE_SECONDS = 10.0
"""A worker measures so often."""
STALE_AGE = timedelta(minutes=1)
"""A lag that was measured longer ago says that nobody consumes."""
KEPT_AGE = timedelta(days=1)
"""What was measured longer ago is forgotten: such as partitions that there are no more."""

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TopicLag:
    """How many records of a topic are yet to be handled; `age` since the oldest measurement."""

    topic: str
    records: int
    age: timedelta

    @property
    def is_stale(self) -> bool:
        """Whether nobody has measured it for long: no worker has its partitions."""
        return self.age > STALE_AGE


async def report_lag(database: Database, consumer: Consumer) -> None:
    """Measures the lag of this process's partitions again and again; returns only by raising."""
    while True:
        async with asyncio.timeout(MEASURE_SECONDS):
            await store_lag(database, await consumer.measure_lag())
        note_success()
        await asyncio.sleep(MEASURE_SECONDS)


async def store_lag(database: Database, lags: Mapping[tuple[str, int], int]) -> None:
    """Keeps how many records each partition of a topic is behind."""
    if not lags:
        return
    rows = [
        {"topic": topic, "partition": partition, "records": records}
        for (topic, partition), records in sorted(lags.items())
    ]
    statement = insert(consumer_lag).values(rows)
    measured_at = func.clock_timestamp()
    async with database.transaction() as session:
        await execute(
            session,
            statement.on_conflict_do_update(
                index_elements=[consumer_lag.c.topic, consumer_lag.c.partition],
                set_={"records": statement.excluded.records, "measured_at": measured_at},
            ),
        )
        is_old = consumer_lag.c.measured_at < measured_at - KEPT_AGE
        await execute(session, delete(consumer_lag).where(is_old))


async def list_topic_lags(session: AsyncSession) -> Sequence[TopicLag]:
    """The lag of each topic that was measured, by name; ages are by the database's clock."""
    age = func.clock_timestamp() - func.min(consumer_lag.c.measured_at)
    query = (
        select(consumer_lag.c.topic, func.sum(consumer_lag.c.records), age)
        .group_by(consumer_lag.c.topic)
        .order_by(consumer_lag.c.topic)
    )
    return [TopicLag(row[0], int(row[1]), row[2]) for row in await execute(session, query)]
