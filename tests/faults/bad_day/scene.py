"""The stack of the bad day, and what can be seen of it from outside."""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import psutil

from deploy.local.ports import HOST
from deploy.local.programs import Program, platform_programs
from deploy.local.settings import SERVICES, BrokerKind, LocalSettings
from deploy.local.stack import Stack
from tests.ports import reserve_ports
from tests.scrapes import Scrape

LEADER, STANDBY = "certificates-worker", "certificates-standby"
PROGRAMS = (
    *SERVICES,
    *("catalog-worker", "applications-worker", LEADER, STANDBY),
    *("scheduler", "applications-scheduler", "sender"),
)
"""The processes of the platform that are looked at."""
PATIENCE = {
    "ATTESTA_CONSUMER_SESSION_SECONDS": "6",
    "ATTESTA_KAFKA_LIMIT_SECONDS": "6",
    "ATTESTA_LEASE_SECONDS": "8",
    "ATTESTA_STATEMENT_TIMEOUT_SECONDS": "30",
}
LOOK_SECONDS = 5
"""So long a look at a process may take; one that is frozen shows nothing."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where faults are made and looked for; `chance` decides what is hit.

    `start_times`: when the processes that were killed last had begun; `faulty_services`: those
    whose databases are at fault; `earlier_counts`: what there was when a fault began.
    """

    stack: Stack
    ports: Mapping[str, int]
    chance: Random
    start_times: dict[str, float] = field(default_factory=dict)
    faulty_services: list[str] = field(default_factory=list)
    earlier_counts: dict[str, int] = field(default_factory=dict)

    def choose_service(self) -> str:
        """One of the three services."""
        return self.chance.choice(SERVICES)

    def alter_system(self, change: str) -> None:
        """Changes the server's configuration, even while it takes no writes."""
        asyncio.run(_alter_system(self.stack.database_url("catalog"), change))

    def leads_relay(self, program: str) -> bool:
        """Whether a process says that it leads the relay."""
        duties = self.read_status(program).get("duties", [])
        return any(duty["name"] == "relay" and duty["is_leader"] for duty in duties)

    def find_failures(self, since: datetime) -> list[str]:
        """Which duties of which processes say that they failed since then."""
        return [
            f"{program}: {duty['name']}: {duty['failure']}"
            for program in PROGRAMS
            for duty in self.read_status(program).get("duties", [])
            if duty["last_failure_at"] and datetime.fromisoformat(duty["last_failure_at"]) > since
        ]

    def count_certificates(self) -> int:
        """How many certificates have been issued."""
        (row,) = self.run_statement("certificates", "SELECT count(*) AS count FROM certificate")
        return int(row["count"])

    def describe(self) -> str:
        """What each process says, for a report."""
        try:
            (row,) = self.run_statement("catalog", "SHOW default_transaction_read_only")
            is_read_only = str(row[0])
        except asyncpg.TooManyConnectionsError:
            is_read_only = "unknown, it takes no connection"
        processes = "; ".join(f"{name}: {self.read_readiness(name)}" for name in PROGRAMS)
        return f"the server's default_transaction_read_only: {is_read_only}; {processes}"

    def find_process(self, program: str) -> psutil.Process:
        """The process of a program now."""
        return psutil.Process(self.stack.list_programs()[program].pid)

    def run_statement(self, service: str, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Runs one statement as the database's superuser; its rows."""
        return asyncio.run(_run_statement(self.stack.database_url(service), statement, *arguments))

    def read_readiness(self, program: str) -> str:
        """What a process says of its readiness; blank where it says nothing."""
        with suppress(httpx.HTTPError):
            return self._get(program, "/health/ready").text
        return ""

    def is_silent(self, program: str) -> bool:
        """Whether a process does not answer at all."""
        return self.read_readiness(program) == ""

    def read_metric(self, program: str, name: str, **labels: str) -> float:
        """The sum of a metric's series with these labels; 0 where the process says nothing."""
        try:
            response = self._get(program, "/metrics")
        except httpx.HTTPError:
            return 0
        if response.is_error:
            return 0
        return sum(
            value
            for (series, items), value in Scrape.parse(response.text).samples.items()
            if series == name and labels.items() <= dict(items).items()
        )

    def read_status(self, program: str) -> dict[str, Any]:
        """The status document of a process; blank where it says nothing."""
        path = "/ops/status" if program in SERVICES else "/status"
        with suppress(httpx.HTTPError):
            response = self._get(program, path)
            if not response.is_error:
                document: dict[str, Any] = response.json()
                return document
        return {}

    def _get(self, program: str, path: str) -> httpx.Response:
        token = self.stack.issue_token("operations")
        return httpx.get(
            f"http://{HOST}:{self.ports[program]}{path}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=LOOK_SECONDS,
            trust_env=False,
        )


@contextmanager
def running_scene(folder: Path, broker: BrokerKind, seed: int) -> Iterator[Scene]:
    """A stack with a second worker of certificates, which waits for the lead."""
    ports, port = reserve_ports(), reserve_ports().certificates_worker
    standby = Program(STANDBY, ("-m", "services.certificates.worker"), port=port, health_port=port)
    programs = [*platform_programs(folder, ports), standby]
    stack = Stack(LocalSettings(folder=folder, broker=broker), ports, PATIENCE, programs)
    stack.start()
    try:
        numbers = {program.name: program.port for program in programs if program.port}
        yield Scene(stack, numbers, Random(seed))
    finally:
        stack.stop()


async def _run_statement(url: str, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement, *arguments)
    finally:
        await connection.close()


async def _alter_system(url: str, change: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f"ALTER SYSTEM {change}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


@contextmanager
def frozen(*processes: psutil.Process) -> Iterator[None]:
    """Processes that neither run nor end, until the block does."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
