"""Measures the event path: approvals issued by a worker, and the relay beside a bare producer.

A worker of the certificates service issues approvals that wait on a broker, once with one event in
a transaction and once with as many as it usually takes; both in turn, on the same machine. Then a
relay publishes an outbox, and a bare producer the same records.
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psutil
from sqlalchemy import text

from deploy.local.ports import HOST, Ports
from deploy.local.settings import PROJECT
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.events.examples import EXAMPLES
from shared.messaging import envelope
from shared.messaging.kafka import Cluster
from shared.messaging.outbox import record_events
from shared.messaging.publisher import OutgoingRecord, Publisher
from shared.messaging.relay import Relay

EVENTS = 500
SINGLE_EVENTS = 100
ROUNDS = 3
WAIT_SECONDS = 300
TARGET_GAIN = 5.0
"""Events for each second of the worker's CPU, beside those of 62 when each had a transaction."""
TARGET_RATE = TARGET_GAIN * 62

_IS_PUBLISHED = "SELECT count(*) FILTER (WHERE published_at IS NOT NULL) >= :count FROM outbox"
_IS_IN_FEED = "SELECT count(*) FILTER (WHERE position IS NOT NULL) >= :count FROM feed_entry"


class EventBenchmark:
    """Measures on the migrated database and the broker of the settings."""

    def __init__(self, settings: CertificatesSettings) -> None:
        self._settings = settings
        self._database = Database.connect(settings)
        self._event_count = 0

    async def run(self) -> None:
        """Prints rates and ratios."""
        print("approved -> issued", flush=True)
        single_rate = await self._measure_worker(SINGLE_EVENTS, 1)
        usual_rate = await self._measure_worker(EVENTS, None)
        print(
            f"  events for a second of the worker's CPU: {usual_rate:,.0f}, target"
            f" {TARGET_RATE:,.0f}; with a transaction for each {single_rate:,.0f}:"
            f" {usual_rate / single_rate:.1f} times as many",
            flush=True,
        )
        await self._measure_relay()
        await self._database.close()

    async def _measure_worker(self, events: int, batch_events: int | None) -> float:
        """Events for a second of CPU, the median of rounds; the first one warms up."""
        rates = []
        with _run_worker(self._settings, batch_events) as worker:
            for _ in range(ROUNDS + 1):
                started_at, cpu_seconds = time.perf_counter(), _sum_cpu_seconds(worker)
                await self._publish(_build_approvals(events))
                self._event_count += events
                await self._wait_until(_IS_PUBLISHED)
                await self._wait_until(_IS_IN_FEED)
                seconds = time.perf_counter() - started_at
                rates.append(events / (_sum_cpu_seconds(worker) - cpu_seconds))
                print(
                    f"  {batch_events or 'usual'}: {rates[-1]:,.0f} a CPU second,"
                    f" {events / seconds:,.0f} a second",
                    flush=True,
                )
        return statistics.median(rates[1:])

    async def _publish(self, records: Sequence[OutgoingRecord]) -> None:
        async with Cluster.connect(self._settings) as cluster:
            await cluster.ensure_topics({record.topic for record in records})
        async with Publisher.connect(self._settings) as publisher:
            await _publish_in_batches(publisher, records, self._settings.relay_batch)

    async def _wait_until(self, question: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not await self._ask(question):
            if time.monotonic() > deadline:
                raise TimeoutError(question)
            await asyncio.sleep(0.01)

    async def _ask(self, question: str) -> bool:
        async with self._database.read_only_transaction() as session:
            return bool(
                (await execute(session, text(question), {"count": self._event_count})).scalar_one()
            )

    async def _measure_relay(self) -> None:
        """The relay and a bare producer in turn, with the same records."""
        topics = frozenset({CertificateIssued.TOPIC})
        relay = asyncio.create_task(Relay(self._database, self._settings, topics).run())
        rates = [await self._measure_relay_rates() for _ in range(ROUNDS + 1)][1:]
        relay.cancel()
        await asyncio.wait([relay])
        ratios = [relay_rate / producer_rate for relay_rate, producer_rate in rates]
        print(
            f"relay beside a bare producer of the same records: {statistics.median(ratios):.2f}"
            f" ({min(ratios):.2f}-{max(ratios):.2f}),"
            f" {statistics.median(relay_rate for relay_rate, _ in rates):,.0f} events a second",
            flush=True,
        )

    async def _measure_relay_rates(self) -> tuple[float, float]:
        """Events a second of the relay, from their commit on, and of the producer."""
        now = datetime.now(UTC)
        events = [_build_issue() for _ in range(EVENTS)]
        async with self._database.transaction() as session:
            await record_events(session, *events, now=now)
        self._event_count += EVENTS
        started_at = time.perf_counter()
        await self._wait_until(_IS_PUBLISHED)
        relay_seconds = time.perf_counter() - started_at
        records = [_build_record(event, now) for event in events]
        async with Publisher.connect(self._settings) as publisher:
            started_at = time.perf_counter()
            await _publish_in_batches(publisher, records, self._settings.relay_batch)
            return EVENTS / relay_seconds, EVENTS / (time.perf_counter() - started_at)


def _build_approvals(events: int) -> list[OutgoingRecord]:
    approval = next(event for event in EXAMPLES if isinstance(event, ApplicationApproved))
    now = datetime.now(UTC)
    changes: list[dict[str, Any]] = [
        {"application_id": uuid4(), "recertifies": None} for _ in range(events)
    ]
    return [_build_record(approval.model_copy(update=change), now) for change in changes]


def _build_issue() -> CertificateIssued:
    issue = next(event for event in EXAMPLES if isinstance(event, CertificateIssued))
    certificate_id: UUID = uuid4()
    return issue.model_copy(update={"certificate_id": certificate_id})


def _build_record(event: ApplicationApproved | CertificateIssued, now: datetime) -> OutgoingRecord:
    headers = envelope.build_headers(event, uuid4(), now)
    return OutgoingRecord(event.TOPIC, event.key, headers, event.model_dump_json().encode())


async def _publish_in_batches(
    publisher: Publisher, records: Sequence[OutgoingRecord], batch_records: int
) -> None:
    for start in range(0, len(records), batch_records):
        outcomes = await publisher.publish(records[start : start + batch_records])
        assert not any(outcomes), outcomes


def _sum_cpu_seconds(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


@contextlib.contextmanager
def _run_worker(
    settings: CertificatesSettings, batch_events: int | None
) -> Iterator[psutil.Process]:
    variables = {
        "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "ATTESTA_KAFKA_IDEMPOTENT_PRODUCER": str(settings.kafka_idempotent_producer),
        "ATTESTA_HEALTH_HOST": HOST,
        "ATTESTA_HEALTH_PORT": str(Ports.find_unused().certificates_worker),
    }
    if batch_events is not None:
        variables["ATTESTA_CONSUMER_BATCH_EVENTS"] = str(batch_events)
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [sys.executable, "-m", "services.certificates.worker"],
            env={**os.environ, **variables},
            stdout=log,
            stderr=log,
            cwd=PROJECT,
        ) as process,
    ):
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def run_event_benchmark(settings: CertificatesSettings) -> None:
    """Measures on the migrated database and the broker of the settings."""
    asyncio.run(EventBenchmark(settings).run())
