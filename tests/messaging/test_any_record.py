"""Whatever a broker can carry is handled to an end: kept as bytes, shown, and in nobody's way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letter_views import get_content, get_dead_letter, read_headers
from shared.messaging.envelope import Record
from shared.messaging.kafka import Cluster
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, record, rows, steps

TOPIC = ThingHappened.TOPIC
LETTERS = "SELECT * FROM dead_letter ORDER BY id"
LONG = 8_000
NAMES = st.sampled_from(
    ["ce_id", "ce_type", "ce_time", "ce_specversion", "ce_source", "ce_traceparent", "ce_a\x00b"]
) | st.text(max_size=20).filter(lambda name: name.isprintable() or "\x00" in name)
VALUES = (
    st.none()
    | st.binary(max_size=50)
    | st.sampled_from([b"1.0", b"tests.thing.happened.v1", b"0001-01-01T00:00:00+23:59", b"\x00"])
    | st.just(b"\xff" * LONG)
)
PARTS = st.none() | st.binary(max_size=60) | st.just(b"\x00k") | st.just(b"k" * LONG)


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(key=PARTS, headers=st.lists(st.tuples(NAMES, VALUES), max_size=6), payload=PARTS)
async def test_any_record_becomes_a_dead_letter_with_all_its_bytes(
    consumer: Consumer,
    database: Database,
    key: bytes | None,
    headers: list[tuple[str, bytes | None]],
    payload: bytes | None,
) -> None:
    strange_record = Record(TOPIC, 0, 7, key, tuple(headers), payload)
    for _ in range(2):
        await consumer.handle_record(strange_record)
    (letter,) = await rows(
        database,
        "SELECT * FROM dead_letter WHERE fingerprint = :fingerprint",
        fingerprint=strange_record.fingerprint,
    )
    assert (letter.key, letter.payload) == (key, payload)
    assert read_headers(letter.headers) == tuple(headers)
    async with database.read_only_transaction() as session:
        shown_letter = await get_dead_letter(session, letter.id)
        content = await get_content(session, letter.id)
    assert shown_letter.reason == "unreadable"
    assert len(shown_letter.key + shown_letter.event_id) <= 400
    assert "\x00" not in content.payload_text + content.header_lines


async def test_two_records_of_one_id_are_both_kept(consumer: Consumer, database: Database) -> None:
    headers = (("ce_id", b"same"),)
    for offset, payload in enumerate((b"first", b"second")):
        await consumer.handle_record(Record(TOPIC, 0, offset, b"k", headers, payload))
    assert [letter.payload for letter in await rows(database, LETTERS)] == [b"first", b"second"]


STRANGE_RECORDS: list[dict[str, Any]] = [
    {"value": b"no headers, no key"},
    {"key": b"a tombstone", "value": None},
    {"key": b"null", "value": b"{}", "headers": [("ce_id", None), ("ce_type", None)]},
    {"key": b"k" * LONG, "value": b"{}", "headers": [("ce_id", b"i" * LONG)]},
    {"key": b"\x00", "value": b"\x00", "headers": [("a\x00b", b"\x00"), ("", b"")]},
    {"key": b"\xff\xfe", "value": b"\xff", "headers": [("ce_type", b"\xff"), ("ce_type", b"t")]},
    {"key": b"then", "value": b"{}", "timestamp_ms": 0},
    {"key": b"later", "value": b"{}", "timestamp_ms": round(time.time() + 1800) * 1000},
    {"key": b"large", "value": b"x" * 900_000},
]


@asynccontextmanager
async def _produce(settings: CatalogSettings, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    async with Cluster.connect(settings) as cluster:
        await cluster.ensure_topics({TOPIC})
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _send_event(producer: AIOKafkaProducer, topic: str, event_record: Record) -> None:
    await producer.send_and_wait(
        topic,
        key=event_record.key,
        value=event_record.payload,
        headers=list(event_record.headers),
        partition=0,
    )


async def _consume_until(consumer: Consumer, database: Database, step: int) -> None:
    """Runs the consumer until it has handled this step; it must not fail before."""

    async def has_handled() -> bool:
        assert not running.done(), running.exception()
        return step in await steps(database)

    running = asyncio.create_task(consumer.run())
    try:
        await eventually(has_handled, f"step {step} is handled", seconds=60)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_strange_records_stop_nobody_on_a_broker(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    topic = wired.kafka_topic_prefix + TOPIC
    async with _produce(wired) as producer:
        for strange_record in STRANGE_RECORDS:
            await producer.send_and_wait(topic, partition=0, **strange_record)
        await _send_event(producer, topic, record("a", 1, clock.now()))
    await _consume_until(Consumer(database, wired, {ThingHappened: handling}, clock), database, 1)
    letters = await rows(database, LETTERS)
    assert [(letter.key, letter.payload) for letter in letters] == [
        (strange_record.get("key"), strange_record["value"]) for strange_record in STRANGE_RECORDS
    ]


async def test_a_record_that_the_client_cannot_read_is_passed_over_and_named(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    topic = wired.kafka_topic_prefix + TOPIC
    async with _produce(wired) as producer:
        for step in (1, 2):
            await _send_event(producer, topic, record("a", step, clock.now()))
        batch = producer.create_batch()
        batch.append(timestamp=None, key=b"k", value=b"v", headers=[("name", b"value")])
        build = batch._build

        def build_spoilt() -> bytes:
            content = bytearray(build())
            content[:] = content.replace(b"name", b"\xff\xfe\xff\xfe")
            content[17:21] = calc_crc32c(content[21:]).to_bytes(4, "big")
            return bytes(content)

        batch._build = build_spoilt
        batch.close()
        await (await producer.send_batch(batch, topic, partition=0))
        await _send_event(producer, topic, record("a", 3, clock.now()))
    await _consume_until(Consumer(database, wired, {ThingHappened: handling}, clock), database, 3)
    assert await steps(database) == [1, 2, 3]
    (letter,) = await rows(database, LETTERS)
    assert (letter.partition, letter.kafka_offset, letter.reason) == (0, 2, "unreadable")
    assert letter.detail == "the Kafka client cannot read it: UnicodeDecodeError"


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_batches_of_every_compression_are_read(
    wired: CatalogSettings,
    database: Database,
    handling: Handling,
    clock: ManualClock,
    codec: str,
) -> None:
    async with _produce(wired, compression_type=codec) as producer:
        await _send_event(producer, wired.kafka_topic_prefix + TOPIC, record("a", 1, clock.now()))
    await _consume_until(Consumer(database, wired, {ThingHappened: handling}, clock), database, 1)
    assert await rows(database, LETTERS) == []
