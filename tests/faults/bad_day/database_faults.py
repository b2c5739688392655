"""Faults of the database: frozen back ends, no writes, locks of others, no connection, a crash."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import asyncpg
import psutil

from deploy.local.programs import SERVICES
from shared.db import Connection
from tests.faults.bad_day.fault import Fault
from tests.faults.bad_day.scene import PROGRAMS, Scene, frozen

_BACKENDS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
"""
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""


@contextmanager
def _freezing_backends(scene: Scene) -> Iterator[None]:
    """Half of the server's processes that work for one database stand still."""
    rows = scene.run_statement(scene.choose_service(), _BACKENDS)
    chosen_ids = scene.chance.sample([row["pid"] for row in rows], k=(len(rows) + 1) // 2)
    processes = []
    for process_id in chosen_ids:
        with suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(process_id))
    with frozen(*processes):
        yield


def _has_missed_deadlines(scene: Scene) -> bool:
    return any(scene.read_metric(program, "attesta_deadlines_missed_total") for program in PROGRAMS)


@contextmanager
def _refusing_writes(scene: Scene) -> Iterator[None]:
    """The server takes no writes, as one that a failover made a replica."""
    scene.alter_system("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        scene.alter_system("RESET default_transaction_read_only")


def _is_not_ready(scene: Scene) -> bool:
    return all("read-only" in scene.read_readiness(service) for service in SERVICES)


@contextmanager
def _locking_hot_rows(scene: Scene) -> Iterator[None]:
    """Somebody holds the heads that all writers of the feed and of rosters need."""
    with _open_connections(scene, "certificates", 1, "SELECT * FROM feed_head FOR UPDATE"):
        yield


@contextmanager
def _backing_up(scene: Scene) -> Iterator[None]:
    """The locks of a backup of each service, which lasts."""
    with ExitStack() as ending:
        for service in SERVICES:
            names = ", ".join(row["relname"] for row in scene.run_statement(service, _TABLES))
            statement = f"LOCK TABLE {names} IN ACCESS SHARE MODE"
            ending.enter_context(_open_connections(scene, service, 1, statement))
        yield


@contextmanager
def _taking_all_connections(scene: Scene) -> Iterator[None]:
    """No connection is left for who needs one more."""
    with _open_connections(scene, scene.choose_service(), 500):
        yield


@contextmanager
def _open_connections(
    scene: Scene, service: str, count: int, statement: str = ""
) -> Iterator[None]:
    """Connections, as many as the server gives, that stay in a transaction with this statement."""
    is_ready, is_over = threading.Event(), threading.Event()
    failures: list[Exception] = []

    async def stay() -> None:
        connections: list[Connection] = []
        try:
            for _ in range(count):
                connections.append(await asyncpg.connect(scene.stack.database_url(service)))
                await connections[-1].execute(f"BEGIN; {statement}")
        except asyncpg.TooManyConnectionsError:
            pass
        except Exception as failure:
            failures.append(failure)
        is_ready.set()
        await asyncio.to_thread(is_over.wait)
        for connection in connections:
            connection.terminate()

    thread = threading.Thread(target=lambda: asyncio.run(stay()))
    thread.start()
    is_ready.wait()
    try:
        assert not failures, failures
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def _crashing(scene: Scene) -> Iterator[None]:
    """One back end dies: the server ends all others and recovers, as after its own crash."""
    rows = scene.run_statement(scene.choose_service(), _BACKENDS)
    for row in rows[:1]:
        os.kill(row["pid"], signal.SIGKILL)
    yield


DATABASE_FAULTS = (
    Fault("back ends that are frozen", _freezing_backends, _has_missed_deadlines),
    Fault("a server that takes no writes", _refusing_writes, _is_not_ready),
    Fault("hot rows that are locked", _locking_hot_rows, _has_missed_deadlines),
    Fault("a backup that lasts", _backing_up, _has_missed_deadlines),
    Fault("no connection left", _taking_all_connections, _has_missed_deadlines),
    Fault("a crash of the server", _crashing, _has_missed_deadlines),
)
