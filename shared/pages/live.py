"""Live pages: which of the things that are watched has changed, told by server-sent events.

One poller a process asks one bounded statement for everything that its clients watch, so that a
thousand open pages cost the database what one costs. What a client is told is data and words,
never HTML.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from typing import Generic, TypeVar
from uuid import UUID

import asyncpg
from fastapi import HTTPException
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.db import Database
from shared.shutdown import call_at_stop

log = logs.get_logger(__name__)

POLL_SECONDS = 2.0
"""A change is told after so long at most."""

RETRY_SECONDS = 30
"""A client for which there is no place asks again after so long."""

StateT = TypeVar("StateT")
ReadStates = Callable[[AsyncSession, Sequence[UUID]], Awaitable[Mapping[UUID, StateT]]]
"""The states of the things with these ids, in one statement."""


class LiveClient(Generic[StateT]):
    """One open page: what it watches, and the state of that which it was not told yet."""

    def __init__(self, watched_id: UUID) -> None:
        self.watched_id = watched_id
        self._last_state: StateT | None = None
        self._is_news = False
        self._wake = asyncio.Event()

    def tell(self, state: StateT) -> None:
        """Wakes the client where the state is another than the last one."""
        if state != self._last_state:
            self._last_state, self._is_news = state, True
            self._wake.set()

    def wake(self) -> None:
        """Wakes the client, who finds that nothing is new."""
        self._wake.set()

    async def wait_for_state(self, seconds: float) -> StateT | None:
        """The next state of what is watched; None after so many seconds without one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()
        state = self._last_state if self._is_news else None
        self._is_news = False
        return state


class ChangeWatch(Generic[StateT]):
    """What the clients of this process watch, read in one statement every `poll_seconds`."""

    def __init__(
        self,
        read_states: ReadStates[StateT],
        client_limit: int,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._read_states = read_states
        self._client_limit = client_limit
        self._poll_seconds = poll_seconds
        self._clients: set[LiveClient[StateT]] = set()
        self._poller: asyncio.Task[None] | None = None
        self._stops_at_signals = False
        self.is_closed = False
        """Whether the process is about to end: streams end then, too."""

    @asynccontextmanager
    async def admit_client(
        self, database: Database, watched_id: UUID
    ) -> AsyncIterator[LiveClient[StateT]]:
        """A place for one open page, until it is closed. Raises `HTTPException` 503 without one."""
        if self.is_closed or len(self._clients) >= self._client_limit:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise HTTPException(503, "Too many pages are open here. Refresh them.", headers)
        self._close_at_signals()
        client: LiveClient[StateT] = LiveClient(watched_id)
        self._clients.add(client)
        if self._poller is None:
            # Its own context: it goes on when the request that began it has ended.
            self._poller = asyncio.create_task(self._poll(database), context=Context())
        try:
            yield client
        finally:
            self._clients.discard(client)
            if not self._clients and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    async def _poll(self, database: Database) -> None:
        """Tells the clients, until it is cancelled; a failure of the database only delays it."""
        while True:
            try:
                await self._tell_clients(database)
            except (
                SQLAlchemyError,
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
            ) as error:
                log.warning("live.poll_failed", error=type(error).__name__)
            await asyncio.sleep(self._poll_seconds)

    async def _tell_clients(self, database: Database) -> None:
        watched_ids = sorted({client.watched_id for client in self._clients})
        async with database.read_only_transaction() as session:
            states = await self._read_states(session, watched_ids)
        for client in tuple(self._clients):
            if client.watched_id in states:
                client.tell(states[client.watched_id])

    def _close_at_signals(self) -> None:
        """Ends the streams when the process is told to stop: the server would wait for them."""
        if not self._stops_at_signals:
            self._stops_at_signals = True
            call_at_stop(self.close)

    def close(self) -> None:
        """Ends every stream, and begins no other."""
        self.is_closed = True
        for client in tuple(self._clients):
            client.wake()
