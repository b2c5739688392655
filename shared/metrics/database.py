"""Gauges read from the database, within a limit of time; the pool's connections."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from prometheus_client.core import Metric
from sqlalchemy import GenerativeSelect, func, select, text
from sqlalchemy.pool import QueuePool
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Database, execute
from shared.metrics.exposition import GaugeReader
from shared.metrics.families import build_labelled_gauge
from shared.settings import Settings

OPERATORS_CONNECTIONS = 5
"""For health, figures and pages of operations, besides those for requests."""
OPERATORS_SECONDS = 10.0
"""After so long the database breaks off a statement on one of them."""
COUNT_LIMIT = 20_000
"""Rows are counted up to here: what is stuck needs no exact number, and a scrape has its cost."""

GaugeQuery: TypeAlias = Callable[[AsyncSession], Awaitable[Sequence[Metric]]]
"""Reads gauges by a fixed number of statements, each over an index and a bounded number of rows."""

_LIMIT_TIME = text("SELECT set_config('statement_timeout', :milliseconds, true)")


def connect_for_operators(settings: Settings) -> Database:
    """The service's database by a few connections that no request takes: for health and figures.

    They tell what is wrong when requests have taken all of the others, and never wait for long.
    """
    return Database.connect(
        settings.model_copy(
            update={
                "database_pool_size": OPERATORS_CONNECTIONS,
                "database_pool_overflow": 0,
                "statement_timeout_seconds": min(
                    settings.statement_timeout_seconds, OPERATORS_SECONDS
                ),
            }
        )
    )


def read_from_database(database: Database, query: GaugeQuery) -> GaugeReader:
    """The reader of these gauges: one read-only transaction, which the database breaks off."""

    async def read_gauges(limit_seconds: float) -> Sequence[Metric]:
        async with database.read_only_transaction() as session:
            await limit_time(session, limit_seconds)
            return await query(session)

    return read_gauges


async def limit_time(session: AsyncSession, seconds: float) -> None:
    """Lets the database break off every statement of the transaction that takes longer."""
    milliseconds = str(max(round(seconds * 1000), 1))
    await execute(session, _LIMIT_TIME, {"milliseconds": milliseconds})


async def count_rows(session: AsyncSession, rows: GenerativeSelect) -> int:
    """How many rows a query has; `COUNT_LIMIT` stands for that many and more."""
    query = select(func.count()).select_from(rows.limit(COUNT_LIMIT).subquery())
    return int((await execute(session, query)).scalar_one())


def measure_pool(database: Database, settings: Settings) -> Metric:
    """The connections of both pools of the process; the three states add up to their limit."""
    pool = database.engine.pool
    assert isinstance(pool, QueuePool), "the engine keeps its connections"
    reads = database.read_pool.count_connections()
    in_use, idle = pool.checkedout(), pool.checkedin()
    limit = settings.database_pool_size + settings.database_pool_overflow
    values = {
        ("in_use",): in_use + reads.in_use,
        ("idle",): idle + reads.idle,
        ("unopened",): max(limit - in_use - idle, 0) + reads.unopened,
    }
    return build_labelled_gauge(
        "attesta_db_pool_connections",
        "Connections of this process to its database; the states add up to the limit",
        ["state"],
        values,
    )
