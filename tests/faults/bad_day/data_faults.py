"""Faults of what is carried: records that no service can read, an event that no broker takes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.faults.bad_day.fault import Fault
from tests.faults.bad_day.scene import Scene

ODD_RECORDS: list[dict[str, Any]] = [
    {"key": b"null", "value": b"{}", "headers": [("ce_id", None), ("ce_type", None)]},
    {"key": b"k" * 8_000, "value": b"\x00", "headers": [("ce_id", b"\x00" * 8_000)]},
    {"key": b"\xff", "value": None},
]
READERS = {
    "catalog.qualification": "applications",
    "applications.application": "certificates",
}
"""A service that reads each topic."""
OVERSIZED_BYTES = 4 * 2**20
"""Above what any broker of the tests takes."""


@contextmanager
def _publishing_odd_records(scene: Scene) -> Iterator[None]:
    async def publish() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=scene.stack.bootstrap_servers)
        await producer.start()
        try:
            for topic in READERS:
                for odd_record in ODD_RECORDS:
                    await producer.send_and_wait(f"attesta.{topic}", **odd_record)
        finally:
            await producer.stop()

    asyncio.run(publish())
    yield
    for service in READERS.values():
        scene.run_statement(service, "DELETE FROM dead_letter WHERE reason = 'unreadable'")


def _has_dead_letters(scene: Scene, _began_at: datetime) -> bool:
    return all(
        scene.read_metric(service, "attesta_dead_letters") >= len(ODD_RECORDS)
        for service in READERS.values()
    )


@contextmanager
def _recording_an_oversized_event(scene: Scene) -> Iterator[None]:
    """As an older release, which knew no limit, may have left it."""
    statement = """
        INSERT INTO outbox (event_id, topic, key, headers, payload)
        VALUES (gen_random_uuid(), 'catalog.qualification', gen_random_uuid()::text, '{}',
                convert_to(repeat('x', $1), 'UTF8'))
        RETURNING event_id
    """
    (row,) = scene.run_statement("catalog", statement, OVERSIZED_BYTES)
    yield
    scene.run_statement("catalog", "DELETE FROM outbox WHERE event_id = $1", row["event_id"])


def _has_parked_event(scene: Scene, _began_at: datetime) -> bool:
    return scene.read_metric("catalog", "attesta_outbox_parked") > 0


DATA_FAULTS = (
    Fault("records that nobody can read", _publishing_odd_records, _has_dead_letters),
    Fault("an event too large to publish", _recording_an_oversized_event, _has_parked_event),
)
