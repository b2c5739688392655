"""What a run on a database costs: time, and CPU time of all processes of its server."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psutil
from sqlalchemy import text

from shared.db import Database, execute


class StandingClock:
    """A clock that stands at noon of a day."""

    def __init__(self, day: date) -> None:
        self.day = day

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of time, and of CPU time: of the database's server, and of this process."""

    seconds: float
    cpu_seconds: float
    own_cpu_seconds: float


@dataclass(frozen=True, slots=True)
class ServerMeter:
    """Measures what runs cost on the server whose main process this is."""

    process: psutil.Process

    @classmethod
    async def find(cls, database: Database) -> "ServerMeter":
        """The meter of the server of this database, which runs on this machine."""
        async with database.read_only_transaction() as session:
            pid = (await execute(session, text("SELECT pg_backend_pid()"))).scalar_one()
        parent = psutil.Process(pid).parent()
        assert parent is not None
        return cls(parent)

    async def measure(self, run: Callable[[], Awaitable[object]]) -> Cost:
        """What one run costs; its connections must not close meanwhile."""
        cpu_seconds, own_cpu_seconds = self._sum_cpu_seconds(), time.process_time()
        started_at = time.perf_counter()
        await run()
        return Cost(
            time.perf_counter() - started_at,
            self._sum_cpu_seconds() - cpu_seconds,
            time.process_time() - own_cpu_seconds,
        )

    def _sum_cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.process.children())
