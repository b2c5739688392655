"""Faults of the database: frozen back ends, no writes, locks of others, no connection, a crash."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime

import asyncpg
import psutil

from deploy.local.settings import SERVICES
from shared.db import Connection
from tests.faults.bad_day.fault import Fault
from tests.faults.bad_day.scene import Scene, frozen

GOING_ON = 3
"""So many certificates show that work goes on."""
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


def _says_a_duty(scene: Scene, began_at: datetime) -> bool:
    """Whether a duty that needs the database says that it failed, or a service that it hangs.

    A back end that holds a lock of the server's own when it freezes keeps all of its database.
    """
    readiness = (scene.read_readiness(service) for service in SERVICES)
    return bool(scene.find_failures(began_at)) or any("no answer" in words for words in readiness)


@contextmanager
def _refusing_writes(scene: Scene) -> Iterator[None]:
    """The server takes no writes, as one that a failover made a replica."""
    scene.alter_system("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        scene.alter_system("RESET default_transaction_read_only")


def _take_no_writes(scene: Scene, _began_at: datetime) -> bool:
    return all("takes no writes" in scene.read_readiness(service) for service in SERVICES)


@contextmanager
def _locking_hot_rows(scene: Scene) -> Iterator[None]:
    """Somebody holds the heads that all writers of the feed and of rosters need."""
    with _open_connections(scene, "certificates", 1, "SELECT * FROM feed_head FOR UPDATE"):
        yield


@contextmanager
def _backing_up(scene: Scene) -> Iterator[None]:
    """The locks of a backup of each service, which lasts: nobody is to feel it."""
    scene.earlier_counts["certificates"] = scene.count_certificates()
    with ExitStack() as ending:
        for service in SERVICES:
            names = ", ".join(row["relname"] for row in scene.run_statement(service, _TABLES))
            statement = f"LOCK TABLE {names} IN ACCESS SHARE MODE"
            ending.enter_context(_open_connections(scene, service, 1, statement))
        yield


def _go_on(scene: Scene, _began_at: datetime) -> bool:
    """Whether certificates are issued as before: nothing is wrong that would have to be named."""
    return scene.count_certificates() >= scene.earlier_counts["certificates"] + GOING_ON


@contextmanager
def _taking_all_connections(scene: Scene) -> Iterator[None]:
    """A service loses its connections, and none is left for who needs one."""
    service = scene.choose_service()
    scene.faulty_services[:] = [service]
    rows = scene.run_statement(service, _BACKENDS)
    with _open_connections(scene, service, 500):
        for row in rows:
            with suppress(ProcessLookupError):
                os.kill(row["pid"], signal.SIGTERM)
        with _open_connections(scene, service, 500):
            yield


def _are_not_ready(scene: Scene, _began_at: datetime) -> bool:
    return all("not ready" in scene.read_readiness(service) for service in scene.faulty_services)


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
    os.kill(scene.chance.choice(rows)["pid"], signal.SIGKILL)
    yield


DATABASE_FAULTS = (
    Fault("back ends that are frozen", _freezing_backends, _says_a_duty),
    Fault("a server that takes no writes", _refusing_writes, _take_no_writes),
    Fault("hot rows that are locked", _locking_hot_rows, _says_a_duty),
    Fault("a backup that lasts", _backing_up, _go_on),
    Fault("no connection left", _taking_all_connections, _are_not_ready),
    Fault("a crash of the server", _crashing, _says_a_duty),
)
