"""Questions that wait for the next event: woken by commits, bounded in number.

Whoever waits holds no connection to the database. One connection of the process listens for all,
while anybody waits.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from services.certificates.rosters.numbering import ROSTER_CHANNEL
from services.certificates.settings import CertificatesSettings
from shared.db import Connection, Database
from shared.errors import TooManyRequests

RETRY_SECONDS = 5
"""After so long a portal may ask again that found no place to wait."""


class EventWaiters:
    """Those who wait in this process, by subscription and by employer."""

    def __init__(self, settings: CertificatesSettings) -> None:
        self._settings = settings
        self._notifications: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._employers: Counter[str] = Counter()
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def wait_for_events(
        self, database: Database, employer: str, subscription_id: UUID
    ) -> AsyncIterator[asyncio.Event]:
        """Yields what is set at each commit of events of the subscription.

        Raises `TooManyRequests` where too many wait, of this employer or of all.
        """
        self._check_room(employer)
        notification = asyncio.Event()
        self._employers[employer] += 1
        self._notifications[subscription_id].add(notification)
        try:
            await self.listen(database)
            yield notification
        finally:
            self._remove(employer, subscription_id, notification)

    async def listen(self, database: Database) -> None:
        """Makes sure that commits are heard from now on; after a lost connection, anew."""
        async with self._opening:
            if self._connection is not None and not self._connection.is_closed():
                return
            connection = await database.open_connection()
            try:
                await connection.add_listener(ROSTER_CHANNEL, self._wake)
            except BaseException:
                connection.terminate()
                raise
            connection.add_termination_listener(lambda _: self._wake_all())
            self._connection = connection

    def _check_room(self, employer: str) -> None:
        settings = self._settings
        if (
            self._employers[employer] >= settings.roster_employer_waiting
            or self._employers.total() >= settings.roster_waiting
        ):
            raise TooManyRequests(
                "roster.waiting",
                f"Too many questions wait. Ask again in {RETRY_SECONDS} seconds, or do not wait.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )

    def _remove(self, employer: str, subscription_id: UUID, notification: asyncio.Event) -> None:
        self._employers[employer] -= 1
        self._employers += Counter()  # forgets those who wait no longer
        notifications = self._notifications[subscription_id]
        notifications.discard(notification)
        if not notifications:
            del self._notifications[subscription_id]
        if not self._notifications and self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _wake(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for notification in self._notifications.get(UUID(str(payload)), ()):
            notification.set()

    def _wake_all(self) -> None:
        for notifications in self._notifications.values():
            for notification in notifications:
                notification.set()
