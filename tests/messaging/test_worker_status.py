"""A worker says what its duties do: on its health port, and in the rows that services read."""

import signal
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import HOST
from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging.kafka import Cluster
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import ThingHappened, happen, rows
from tests.messaging.worker_process import Worker, running_worker
from tests.serving import serving


async def _read_relay(worker: Worker) -> dict[str, Any]:
    """What the worker says of its relay; empty while it does not answer."""
    try:
        duties = (await worker.client.get("/status")).json()["duties"]
    except httpx.TransportError:
        return {}
    return next((duty for duty in duties if duty["name"] == "relay"), {})


async def test_a_worker_without_a_broker_says_so_on_its_port_and_in_the_database(
    settings: CatalogSettings, clock: ManualClock, tmp_path: Path
) -> None:
    lost = settings.model_copy(update={"kafka_bootstrap_servers": f"{HOST}:1"})
    async with running_worker(lost, tmp_path, ATTESTA_DUTY_LIMIT_SECONDS="1") as worker:

        async def is_unready() -> bool:
            if not await _read_relay(worker):
                return False
            ready = await worker.client.get("/health/ready")
            checks = ready.json()["checks"]
            assert checks["database"] == "ok"
            return ready.status_code == 503 and "no round has ended well" in checks["relay"]

        await eventually(is_unready, "the worker to say that its relay does not work", seconds=120)
        relay = await _read_relay(worker)
        assert (relay["last_success_at"], bool(relay["failure"])) == (None, True)
        async with serving(create(settings, clock)) as service:

            async def is_told() -> bool:
                jobs = (await service.get("/ops/status")).json()["jobs"]
                (job,) = (job for job in jobs if job["name"] == "relay")
                return (job["health"], job["failure"]) == ("failing", relay["failure"])

            await eventually(is_told, "the service to tell of it", seconds=120)


async def test_a_leader_that_freezes_is_seen_to_be_replaced(
    wired: CatalogSettings, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async with Cluster.connect(wired) as cluster:
        await cluster.ensure_topics([ThingHappened.TOPIC])  # no worker's own
    limits = {"ATTESTA_LEASE_SECONDS": "12", "ATTESTA_KAFKA_LIMIT_SECONDS": "10"}
    async with (
        running_worker(wired, tmp_path, **limits) as first,
        running_worker(wired, tmp_path, **limits) as second,
    ):

        async def rank() -> tuple[Worker, Worker] | None:
            """The leader and the standby."""
            pair = (first, second)
            roles = [(await _read_relay(worker)).get("is_leader") for worker in pair]
            if sorted(map(str, roles)) != ["False", "True"]:
                return None
            return pair if roles[0] else (second, first)

        leader, standby = await eventually(rank, "one leader and one standby", seconds=180)
        leader.process.send_signal(signal.SIGSTOP)
        await happen(database, "a", 1, clock.now())

        async def has_taken_over() -> bool:
            return (await _read_relay(standby)).get("is_leader") is True

        await eventually(has_taken_over, "the standby to lead", seconds=180)
        async with serving(create(wired, clock)) as service:
            (lease,) = (await service.get("/ops/status")).json()["leases"]
            assert (lease["is_held"], lease["fence"]) == (True, 2)
        leader.process.send_signal(signal.SIGCONT)

        async def stands_by() -> bool:
            return (await _read_relay(leader)).get("is_leader") is False

        await eventually(stands_by, "the former leader to stand by", seconds=180)

        async def is_published() -> bool:
            return not await rows(database, "SELECT 1 FROM outbox WHERE published_at IS NULL")

        await eventually(is_published, "the event to go out")
