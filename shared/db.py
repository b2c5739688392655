"""The database of one service: connections, and the one place where transactions commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import CursorResult, Executable, MetaData, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.commits import CommitState, note_commit
from shared.duties import note_success
from shared.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection of its own, below SQLAlchemy."""
PooledConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
"""One of a pool."""
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""Such connections."""

EVENT_LIMIT = "event_limit_bytes"
"""The name under which a session knows the largest event that it may record, in bytes."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_metadata() -> MetaData:
    """A table registry with predictable names of constraints."""
    return MetaData(naming_convention=NAMING_CONVENTION)


async def execute(
    session: AsyncSession, statement: Executable, parameters: Any = None
) -> CursorResult[*tuple[Any, ...]]:
    """Runs a statement on tables that have no model, inside the session's transaction."""
    connection = await session.connection()
    return await connection.execute(statement, parameters)


async def get_raw_connection(session: AsyncSession) -> Connection:
    """The driver's own connection of the session's transaction, for COPY."""
    pooled_connection = await (await session.connection()).get_raw_connection()
    return pooled_connection.driver_connection  # type: ignore[return-value]


def call_after_commit(session: AsyncSession, action: Callable[[], None]) -> None:
    """Calls `action` when the session's transaction has committed, and never if it does not."""
    event.listen(session.sync_session, "after_commit", lambda _: action(), once=True)


async def wait_for_notification(notification: asyncio.Event, timeout_seconds: float) -> None:
    """Waits until the event is set, at most `timeout_seconds`."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await notification.wait()
    except TimeoutError:
        return


@dataclass(frozen=True, slots=True)
class PoolConnections:
    """The connections of a pool; `unopened` ones may still be opened."""

    in_use: int
    idle: int
    unopened: int


class ReadPool:
    """A pool of read-only connections below the ORM, with prepared statements.

    The ORM costs several times the query of one row. Each statement of the pool is a transaction of
    its own, so nothing is left to be reset when a connection goes back.
    """

    def __init__(self, dsn: str, settings: Settings) -> None:
        self._dsn = dsn
        self._settings = settings
        self._open_lock = asyncio.Lock()
        self._pool: Pool | None = None

    async def get_pool(self) -> Pool:
        """The pool; it opens at the first call, and its connections when first needed."""
        return self._pool or await self._open_once()

    async def _open_once(self) -> Pool:
        async with self._open_lock:
            if self._pool is None:
                self._pool = await self._create_pool()
            return self._pool

    async def _create_pool(self) -> Pool:
        timeout = str(round(self._settings.statement_timeout_seconds * 1000))
        return await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=self._settings.database_pool_size,
            reset=_skip_reset,
            server_settings={
                "application_name": f"attesta-{self._settings.service}-reads",
                "statement_timeout": timeout,
                "idle_in_transaction_session_timeout": timeout,
                "default_transaction_read_only": "on",
            },
        )

    def count_connections(self) -> PoolConnections:
        """How many connections are in which state; none while the pool has not been opened."""
        if self._pool is None:
            return PoolConnections(0, 0, 0)
        open_count, idle = self._pool.get_size(), self._pool.get_idle_size()
        return PoolConnections(open_count - idle, idle, self._pool.get_max_size() - open_count)

    async def close(self) -> None:
        """Terminates the connections, whatever they are doing."""
        if self._pool is not None:
            self._pool.terminate()


async def _skip_reset(_: Connection) -> None:
    """Leaves a released connection as it is: there is no state to reset."""


async def follow_channel(
    database: "Database",
    channel: str,
    process_batch: Callable[[], Awaitable[int]],
    poll_seconds: float,
) -> None:
    """Runs `process_batch` at each commit that notifies the channel, and every `poll_seconds`.

    `process_batch` returns how much it did; it is called again at once until it returns 0. Returns
    only by raising.
    """
    async with database.listen(channel) as notification:
        while True:
            notification.clear()
            count = await process_batch()
            note_success()
            if not count:
                await wait_for_notification(notification, poll_seconds)


@dataclass(frozen=True, slots=True)
class Database:
    """One service's database, shared by all requests or events of a process."""

    engine: AsyncEngine
    dsn: str
    read_pool: "ReadPool"
    event_limit_bytes: int
    """The largest event that its transactions record, with its headers."""

    @classmethod
    def connect(cls, settings: Settings) -> "Database":
        """Prepares a pool; connections are made when first needed.

        Parameters never appear in errors: they can be personal data.
        """
        url = make_url(settings.database_url.get_secret_value())
        timeout = str(round(settings.statement_timeout_seconds * 1000))
        engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "server_settings": {
                    "application_name": f"attesta-{settings.service}",
                    "statement_timeout": timeout,
                    "idle_in_transaction_session_timeout": timeout,
                }
            },
        )
        plain_url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return cls(engine, plain_url, ReadPool(plain_url, settings), settings.event_limit_bytes)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes commit when the block ends, and roll back when it raises."""
        async with self._new_session() as session, session.begin():
            yield session
            note_commit(CommitState.PENDING)
        note_commit(CommitState.COMPLETE)

    async def run_in_batches(self, process_batch: Callable[[AsyncSession], Awaitable[int]]) -> int:
        """Runs `process_batch` until it returns 0, a transaction a batch; returns the total."""
        total = 0
        while True:
            async with self.transaction() as session:
                count = await process_batch(session)
            if not count:
                return total
            total += count

    @asynccontextmanager
    async def read_only_transaction(self) -> AsyncIterator[AsyncSession]:
        """A session for reads only: PostgreSQL itself refuses a write."""
        async with self._new_session() as session, session.begin():
            await session.connection()
            await execute(session, text("SET TRANSACTION READ ONLY"))
            yield session

    def _new_session(self) -> AsyncSession:
        return async_sessionmaker(
            self.engine,
            class_=AsyncSession,
            expire_on_commit=False,
            info={EVENT_LIMIT: self.event_limit_bytes},
        )()

    async def open_connection(self, limit_seconds: float | None = None) -> Connection:
        """A new connection outside the pool, for locks and notifications; the caller closes it.

        With a limit, what takes longer fails on this side and in the database: a statement, the
        wait for a lock (a third of it), and a transaction in which nothing happens.
        """
        if limit_seconds is None:
            return await asyncpg.connect(self.dsn)
        milliseconds = limit_seconds * 1000
        return await asyncpg.connect(
            self.dsn,
            timeout=limit_seconds,
            command_timeout=limit_seconds,
            server_settings={
                "statement_timeout": str(round(milliseconds)),
                "idle_in_transaction_session_timeout": str(round(milliseconds)),
                "lock_timeout": str(round(milliseconds / 3)),
            },
        )

    @asynccontextmanager
    async def listen(self, *channels: str) -> AsyncIterator[asyncio.Event]:
        """Yields an event that is set at each commit that notified one of the channels."""
        notification = asyncio.Event()
        connection = await self.open_connection()
        try:
            for channel in channels:
                await connection.add_listener(channel, lambda *_: notification.set())
            yield notification
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Closes the engine's pool and the read pool."""
        await self.read_pool.close()
        await self.engine.dispose()
