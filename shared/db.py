"""The database of one service: connections, and the one place where transactions commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import CursorResult, Executable, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import connections, read_pool
from shared.commits import CommitState, is_repeatable, note_commit
from shared.connections import (
    choose_connect,
    connection_arguments,
    hurried_arguments,
    leave_bad_connections,
)
from shared.duties import note_success
from shared.settings import Settings

Connection: TypeAlias = connections.Connection
Pool: TypeAlias = read_pool.Pool
PooledConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
"""One of a pool."""

HURRY = 32
"""Where connections are short, a lock is waited for so much shorter, and then asked for again."""
_HURRY_LOCKS = text("SELECT set_config('lock_timeout', :milliseconds, true)")

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


class _LockingSession(Session):
    """A session in which a row that is locked is read as it is now, not as it was read before."""


def _read_locked_rows_anew(state: ORMExecuteState) -> None:
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


event.listen(_LockingSession, "do_orm_execute", _read_locked_rows_anew)


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
    read_pool: read_pool.ReadPool
    settings: Settings
    write_slots: asyncio.Semaphore
    """How many transactions may write at once; the pool has some connections more, for readers."""

    @classmethod
    def connect(cls, settings: Settings) -> "Database":
        """Prepares a pool; connections are made when first needed.

        Parameters never appear in errors: they can be personal data.
        """
        dsn = settings.database_url.get_secret_value()
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(choose_connect(settings), dsn, **connection_arguments(settings)),
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_timeout=settings.database_pool_wait_seconds,
            hide_parameters=True,
        )
        leave_bad_connections(engine.sync_engine)
        connection_count = settings.database_pool_size + settings.database_pool_overflow
        write_slots = asyncio.Semaphore(connection_count - connection_count // 4)
        return cls(engine, dsn, read_pool.ReadPool(dsn, settings), settings, write_slots)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes commit when the block ends, and roll back when it raises.

        Raises `TimeoutError` when it lasts longer than the setting, whatever it waits for.
        """
        async with (
            asyncio.timeout(self.settings.transaction_timeout_seconds),
            self._write_slot(),
            self._new_session() as session,
            session.begin(),
        ):
            if self._is_crowded() and is_repeatable():
                await execute(session, _HURRY_LOCKS, {"milliseconds": self._hurried_milliseconds})
            yield session
            note_commit(CommitState.PENDING)
        note_commit(CommitState.COMPLETE)

    @asynccontextmanager
    async def _write_slot(self) -> AsyncIterator[None]:
        async with asyncio.timeout(self.settings.database_pool_wait_seconds):
            await self.write_slots.acquire()
        try:
            yield
        finally:
            self.write_slots.release()

    def _is_crowded(self) -> bool:
        """Whether so many connections are in use that who waits for a lock holds up others."""
        capacity = self.settings.database_pool_size + self.settings.database_pool_overflow
        pool: Any = self.engine.pool
        return int(pool.checkedout()) * 4 > capacity

    @property
    def _hurried_milliseconds(self) -> str:
        return str(round(self.settings.lock_timeout_seconds * 1000 / HURRY))

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
            sync_session_class=_LockingSession,
            expire_on_commit=False,
            info={EVENT_LIMIT: self.settings.event_limit_bytes},
        )()

    async def open_connection(self, limit_seconds: float | None = None) -> Connection:
        """A new connection outside the pool, for locks and notifications; the caller closes it.

        With a limit, what takes longer fails on this side and in the database: a statement, the
        wait for a lock (a third of it), and a transaction in which nothing happens.
        """
        arguments = (
            connection_arguments(self.settings)
            if limit_seconds is None
            else hurried_arguments(self.settings, limit_seconds)
        )
        return await choose_connect(self.settings)(self.dsn, **arguments)

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
