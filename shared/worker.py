"""A service's event process: the outbox's relay, the consumer, upkeep."""

import asyncio
from collections.abc import Callable, Mapping

from shared import idempotency, logs
from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.job_rounds import ScheduledJob
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.jobs import WorkerJob, build_schedule, run_process
from shared.messaging import relay, retention
from shared.messaging.consumer import Consumer
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import Cluster
from shared.messaging.lag import report_lag
from shared.messaging.relay import Relay
from shared.metrics.exposition import GaugeReader
from shared.settings import Settings
from shared.tracing_export import export_spans


class ClusterChanged(Exception):
    """The broker's address now leads to another cluster."""


def run_worker(
    settings: Settings,
    topics: frozenset[str],
    handlers: Handlers,
    extra_jobs: Callable[[Database, Clock], Mapping[str, WorkerJob]] | None = None,
) -> None:
    """A service's event process: publishes to `topics`, consumes what `handlers` handle.

    `extra_jobs` builds the service's own jobs that follow commits, by name.
    """
    logs.configure_logging(settings.service, "worker", settings.log_level, settings.log_format)
    database, clock = Database.connect(settings), SystemClock()
    export_spans(settings, "worker", database.engine)

    async def publish_outbox() -> None:
        await _run_within_one_cluster(settings, Relay(database, settings, topics).run)

    consumer = Consumer(database, settings, handlers, clock)

    async def check_broker() -> None:
        async with Cluster.connect(settings) as cluster:
            await cluster.fetch_cluster_id()

    jobs: dict[str, WorkerJob] = {
        "relay": publish_outbox,
        **build_schedule(_upkeep_jobs(database, settings), database, clock, settings),
    }
    if extra_jobs is not None:
        jobs.update(extra_jobs(database, clock))
    checks = {"broker": check_broker}
    readers: dict[str, GaugeReader] = {}
    if handlers:
        jobs.update(_consumer_jobs(settings, database, consumer))
        checks["consumer"] = consumer.check_membership
        readers["consumer"] = consumer.read_lag
    asyncio.run(run_process(settings, "worker", database, jobs, checks, readers))


def _consumer_jobs(
    settings: Settings, database: Database, consumer: Consumer
) -> dict[str, WorkerJob]:
    """Consuming, and telling how far behind it is."""

    async def consume_events() -> None:
        await _run_within_one_cluster(settings, consumer.run)

    async def measure_lag() -> None:
        await report_lag(database, consumer)

    return {"consumer": consume_events, "consumer-lag": measure_lag}


def _upkeep_jobs(database: Database, settings: Settings) -> dict[str, ScheduledJob]:
    """What every service's worker does from time to time, safe to run twice."""

    async def maintain_partitions() -> None:
        await retention.maintain_partitions(database, settings)

    async def delete_expired_keys() -> None:
        await idempotency.delete_expired_keys(database, settings)

    rounds = {
        "outbox-partitions": maintain_partitions,
        "idempotency-clean-up": delete_expired_keys,
    }
    return {
        name: ScheduledJob(run=run, every_seconds=UPKEEP_INTERVALS[name])
        for name, run in rounds.items()
    }


async def _run_within_one_cluster(settings: Settings, job: WorkerJob) -> None:
    """Runs a job; raises `ClusterChanged` when the broker becomes another cluster meanwhile."""

    async def raise_on_cluster_change() -> None:
        await relay.watch_cluster(settings)
        raise ClusterChanged

    async with asyncio.TaskGroup() as task_group:
        task_group.create_task(raise_on_cluster_change())
        task_group.create_task(job())
