"""A pool of read-only connections below the ORM."""

import asyncio
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolAcquireContext

from shared.connections import Connection, choose_connect, connection_arguments
from shared.settings import Settings

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""Connections below SQLAlchemy."""


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
        arguments = connection_arguments(self._settings, "-reads")
        arguments["server_settings"]["default_transaction_read_only"] = "on"
        create_pool: Any = _BoundedPool
        pool: Pool = create_pool(
            self._dsn,
            wait_seconds=self._settings.database_pool_wait_seconds,
            min_size=0,
            max_size=self._settings.database_pool_size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300,
            reset=_skip_reset,
            connect=choose_connect(self._settings),
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            **arguments,
        )
        return await pool

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


class _BoundedPool(asyncpg.Pool):
    """A pool in which nobody waits without end: for a connection, or for one to be given back.

    The driver itself waits for as long as a frozen backend has not acknowledged a cancellation.
    """

    def __init__(self, dsn: str, *, wait_seconds: float, **options: Any) -> None:
        super().__init__(dsn, **options)
        self._wait_seconds = wait_seconds

    def acquire(self, *, timeout: float | None = None) -> "PoolAcquireContext[asyncpg.Record]":
        """A connection for a block; raises `TimeoutError` where none is free for too long."""
        return super().acquire(timeout=timeout or self._wait_seconds)


async def _skip_reset(_: Connection) -> None:
    """Leaves a released connection as it is: there is no state to reset."""
