"""A service's event process: the outbox's relay, the consumer, housekeeping."""

import asyncio
from collections.abc import Callable, Mapping

from shared import idempotency, logs
from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.jobs import Job, run_process
from shared.messaging import relay, retention
from shared.messaging.consumer import Consumer
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import Cluster
from shared.messaging.relay import Relay
from shared.settings import Settings
from shared.web import health

HOUSEKEEPING_EVERY_SECONDS = 3600


class ClusterChanged(Exception):
    """The broker's address now leads to another cluster."""


def run_worker(
    settings: Settings,
    topics: frozenset[str],
    handlers: Handlers,
    more: Callable[[Database, Clock], Mapping[str, Job]] | None = None,
) -> None:
    """A service's event process: publishes to `topics`, consumes what `handlers` handle.

    `more` are the service's own jobs that follow commits.
    """
    logs.configure(settings.service, "worker", settings.log_level, settings.log_format)
    database, clock = Database.connect(settings), SystemClock()

    async def publish() -> None:
        await _in_one_cluster(settings, Relay(database, settings, topics).run)

    consumer = Consumer(database, settings, handlers, clock)

    async def consume() -> None:
        await _in_one_cluster(settings, consumer.run)

    async def housekeeping() -> None:
        while True:
            await retention.keep_partitions(database, settings)
            await idempotency.forget(database, settings)
            await asyncio.sleep(HOUSEKEEPING_EVERY_SECONDS)

    async def broker() -> None:
        async with Cluster.connect(settings) as cluster:
            await cluster.id()

    jobs: dict[str, Job] = {"relay": publish, "housekeeping": housekeeping}
    if more is not None:
        jobs.update(more(database, clock))
    checks = {**health.database_checks(database, settings.service), "broker": broker}
    if handlers:
        jobs["consumer"] = consume
        checks["consumer"] = consumer.check
    asyncio.run(run_process(settings, database, jobs, checks))


async def _in_one_cluster(settings: Settings, job: Job) -> None:
    """Runs a job until it fails or the cluster is no longer the one it began with."""

    async def watch() -> None:
        await relay.watch_cluster(settings)
        raise ClusterChanged

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        group.create_task(job())
