"""Leadership by lease: a row with an expiry, which the leader renews in each of its transactions.

Whoever holds the row's lock in a transaction leads until that transaction ends: what it writes
there is written by the leader or not at all, so two processes that both believe that they lead do
no harm. One that is frozen or cut off loses the lease when it expires; a transaction in which it
froze is ended by the database (`idle_in_transaction_session_timeout`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import BigInteger, Column, Table, Text, Uuid, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.columns import Instant
from shared.db import Connection, execute, new_metadata

metadata = new_metadata()

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Uuid, nullable=False, comment="the process that leads, by a random id"),
    Column("fence", BigInteger, nullable=False, comment="grows with each change of the holder"),
    Column("renewed_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

_HOLD = """
    INSERT INTO lease AS l (name, holder, fence, renewed_at, expires_at)
    VALUES ($1, $2, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => $3))
    ON CONFLICT (name) DO UPDATE SET
        holder = excluded.holder,
        fence = l.fence + (l.holder <> excluded.holder)::int,
        renewed_at = excluded.renewed_at,
        expires_at = excluded.expires_at
    WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp()
    RETURNING fence
"""
_RELEASE = "UPDATE lease SET expires_at = clock_timestamp() WHERE name = $1 AND holder = $2"


@dataclass(frozen=True, slots=True)
class LeaseState:
    """Who leads, or led last, and until when; `remaining` is by the database's clock."""

    name: str
    holder: UUID
    fence: int
    renewed_at: datetime
    expires_at: datetime
    remaining: timedelta

    @property
    def is_held(self) -> bool:
        """Whether a process leads now."""
        return self.remaining > timedelta(0)


async def list_leases(session: AsyncSession) -> Sequence[LeaseState]:
    """The leases that were ever held, by name."""
    remaining = lease.c.expires_at - func.clock_timestamp()
    query = select(*lease.c, remaining).order_by(lease.c.name)
    return [LeaseState(*row) for row in await execute(session, query)]


@dataclass(frozen=True, slots=True)
class Lease:
    """A process's claim to lead in one thing; `seconds`: for how long without a renewal."""

    name: str
    seconds: float
    holder: UUID

    @classmethod
    def claim(cls, name: str, seconds: float) -> "Lease":
        """A claim under an id of its own."""
        return cls(name, seconds, uuid4())

    async def hold(self, connection: Connection) -> int | None:
        """Takes or renews the lease in the connection's transaction; its fence, or None.

        Until the transaction ends nobody else can lead. None while another process leads, or is
        just in a transaction in which it does. Fails where the database cannot be written to.
        """
        try:
            async with connection.transaction():
                fence: int | None = await connection.fetchval(
                    _HOLD, self.name, self.holder, self.seconds
                )
        except asyncpg.LockNotAvailableError:
            return None
        return fence

    async def release(self, connection: Connection) -> None:
        """Lets another process lead at once."""
        await connection.execute(_RELEASE, self.name, self.holder)
