"""The database of one service: connections, and the one place where transactions commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import CursorResult, Executable, MetaData, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection of its own, below SQLAlchemy."""
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""Such connections."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_metadata() -> MetaData:
    """A service's own table registry, with predictable names of constraints."""
    return MetaData(naming_convention=NAMING)


async def execute(
    session: AsyncSession, statement: Executable, parameters: Any = None
) -> CursorResult[*tuple[Any, ...]]:
    """Runs a statement on tables that are no models, inside the session's transaction."""
    connection = await session.connection()
    return await connection.execute(statement, parameters)


async def pause(woken: asyncio.Event, seconds: float) -> None:
    """Waits until the event is set, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return


class Reads:
    """Connections below the ORM for what is read most, with prepared statements; no writes.

    The ORM costs several times the query of one row. Each statement of the pool is a transaction of
    its own, so nothing is left to be reset when a connection goes back.
    """

    def __init__(self, dsn: str, settings: Settings) -> None:
        self._dsn = dsn
        self._settings = settings
        self._opening = asyncio.Lock()
        self._pool: Pool | None = None

    async def pool(self) -> Pool:
        """The pool; its connections are made when first needed."""
        return self._pool or await self._opened()

    async def _opened(self) -> Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await self._open()
            return self._pool

    async def _open(self) -> Pool:
        timeout = str(round(self._settings.statement_timeout_seconds * 1000))
        return await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=self._settings.database_pool_size,
            reset=_nothing,
            server_settings={
                "application_name": f"attesta-{self._settings.service}-reads",
                "statement_timeout": timeout,
                "idle_in_transaction_session_timeout": timeout,
                "default_transaction_read_only": "on",
            },
        )

    async def close(self) -> None:
        """Lets the connections go, whatever they are doing."""
        if self._pool is not None:
            self._pool.terminate()


async def _nothing(_: Connection) -> None:
    """A connection goes back as it is."""


async def follow(
    database: "Database", channel: str, work: Callable[[], Awaitable[int]], seconds: float
) -> None:
    """Does what there is to do as soon as a commit notifies the channel, and every so many seconds.

    `work` says how much it did; none means that nothing is left. Returns only by raising.
    """
    async with database.listening(channel) as woken:
        while True:
            woken.clear()
            if not await work():
                await pause(woken, seconds)


@dataclass(frozen=True, slots=True)
class Database:
    """One service's database, shared by all requests or events of a process."""

    engine: AsyncEngine
    dsn: str
    reads: "Reads"

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
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return cls(engine, plain, Reads(plain, settings))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work: commits when the block ends, rolls back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    async def in_batches(self, batch: Callable[[AsyncSession], Awaitable[int]]) -> int:
        """Does all that there is to do, a transaction a batch; how much it was."""
        total = 0
        while True:
            async with self.transaction() as session:
                done = await batch(session)
            if not done:
                return total
            total += done

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reads only: PostgreSQL itself refuses a write."""
        async with self._sessions() as session, session.begin():
            await session.connection()
            await execute(session, text("SET TRANSACTION READ ONLY"))
            yield session

    def _sessions(self) -> AsyncSession:
        return async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)()

    async def raw(self) -> Connection:
        """A connection of its own, outside the pool: for locks and notifications."""
        return await asyncpg.connect(self.dsn)

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set at each commit that notified the channel."""
        woken = asyncio.Event()
        connection = await self.raw()
        try:
            await connection.add_listener(channel, lambda *_: woken.set())
            yield woken
        finally:
            connection.terminate()

    async def migration(self) -> str | None:
        """The Alembic revision of the database; None when it was never migrated."""
        async with self.engine.connect() as connection:
            known = await connection.scalar(text("SELECT to_regclass('alembic_version')"))
            if known is None:
                return None
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)

    async def close(self) -> None:
        """Closes the pools."""
        await self.reads.close()
        await self.engine.dispose()
