"""Dead letters: events that could not be handled, with their reason, replayed in order.

While an event of a key is a dead letter, later events of that key are parked behind it: handling
them first would break the order that the publisher promised. Other keys go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, LargeBinary, Row, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.clock import Clock
from shared.db import Database, execute
from shared.errors import DomainError, NotFound
from shared.messaging import envelope
from shared.messaging.dead_letter_views import (
    IS_OPEN,
    encode_headers,
    get_letter_row,
    read_headers,
)
from shared.messaging.envelope import Record, UnreadableRecord, shorten_text
from shared.messaging.inbox import Handlers, accept_event
from shared.messaging.tables import dead_letter, inbox

log = logs.get_logger(__name__)

UNREADABLE = "unreadable"
"""The reason of a record that is no event: it has no id, so the inbox does not know it."""


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """The outcome of a replay: how many events were handled, and the failure that stopped it."""

    handled_count: int
    failure: str | None


async def park_blocked(session: AsyncSession, records: Sequence[Record]) -> set[bytes]:
    """Parks those of a topic's records whose key has an earlier dead letter; the keys' digests.

    Where a key has none, nobody but the caller, who has the partition, can make it one: only keys
    that have one are locked, against a replay, and looked at again.
    """
    blocked_keys = await _list_blocked(session, records)
    if not blocked_keys:
        return blocked_keys
    for key_digest in sorted(blocked_keys):
        await _lock_key(session, records[0].topic, key_digest)
    blocked_keys = await _list_blocked(session, records)
    for record in records:
        if record.key_digest in blocked_keys:
            await _insert_dead_letter(
                session, record, "parked", "order", "an earlier event of this key waits"
            )
    return blocked_keys


async def _list_blocked(session: AsyncSession, records: Sequence[Record]) -> set[bytes]:
    """The digests of those of the records' keys that have a dead letter."""
    digests = literal([record.key_digest for record in records], ARRAY(LargeBinary))
    query = select(dead_letter.c.key_digest).where(
        dead_letter.c.topic == records[0].topic, dead_letter.c.key_digest == any_(digests), IS_OPEN
    )
    return set((await execute(session, query)).scalars())


async def store_dead_letter(
    database: Database, record: Record, reason: str, detail: str, attempts: int
) -> None:
    """Stores a record that could not be handled, and enters its event into the inbox.

    Not one whose event is there already: another member, which got the partition, has handled it.
    """
    async with database.transaction() as session:
        await _lock_key(session, record.topic, record.key_digest)
        if reason != UNREADABLE:
            inbox_entry = {"event_id": UUID(record.event_id), "type": record.event_type or ""}
            entry = upsert(inbox).values(inbox_entry).on_conflict_do_nothing()
            if (await execute(session, entry)).rowcount == 0:
                return
        await _insert_dead_letter(session, record, "waiting", reason, detail, attempts)
    log.error("event.dead_letter", reason=reason, event_id=record.event_id, topic=record.topic)


async def replay_key(
    database: Database, handlers: Handlers, clock: Clock, dead_letter_id: int
) -> ReplayOutcome:
    """Handles the key's dead letters from its oldest on, each in its own transaction.

    Stops at the first that fails again; that one stays with the new reason. `dead_letter_id` may be
    any of the key's letters. Raises `NotFound`.
    """
    topic, key_digest = await _find_key(database, dead_letter_id)
    handled_count = 0
    while True:
        async with database.transaction() as session:
            await _lock_key(session, topic, key_digest)
            oldest_letter = (
                select(dead_letter)
                .where(*_has_key(topic, key_digest), IS_OPEN)
                .order_by(dead_letter.c.id)
                .limit(1)
            )
            row = (await execute(session, oldest_letter)).first()
            if row is None:
                return ReplayOutcome(handled_count, None)
            failure = await _retry_dead_letter(session, handlers, clock, row)
        if failure is not None:
            return ReplayOutcome(handled_count, failure)
        handled_count += 1


async def discard_dead_letter(session: AsyncSession, dead_letter_id: int, reason: str) -> None:
    """Gives a dead letter up for good, for a stated reason. Raises `NotFound`."""
    statement = (
        update(dead_letter)
        .where(dead_letter.c.id == dead_letter_id, IS_OPEN)
        .values(status="discarded", detail=reason, settled_at=func.clock_timestamp())
        .returning(dead_letter.c.id)
    )
    if (await execute(session, statement)).first() is None:
        raise NotFound("dead_letter.unknown", f"There is no open dead letter {dead_letter_id}.")


async def _retry_dead_letter(
    session: AsyncSession, handlers: Handlers, clock: Clock, row: Row[Any]
) -> str | None:
    """Runs the handler under a savepoint and records the outcome; the failure, or None."""
    headers = read_headers(row.headers)
    record = Record(
        row.topic, row.partition, row.kafka_offset, row.key, headers, row.payload, row.fault
    )
    letter_update = update(dead_letter).where(dead_letter.c.id == row.id)
    try:
        received_event = envelope.read_event(record)
        handler = handlers.get(type(received_event.event)) if received_event else None
        if received_event is None or handler is None:
            raise DomainError("event.unknown", f"nothing here handles {record.event_type}")
        with envelope.continue_trace(record):
            async with session.begin_nested():
                await accept_event(session, received_event)
                await handler(session, received_event.event, clock.now())
    except Exception as error:
        reason, detail = failure_reason(error)
        log.warning("event.replay_failed", reason=reason, event_id=record.event_id)
        failed_update = letter_update.values(
            reason=reason, detail=detail, attempts=dead_letter.c.attempts + 1
        )
        await execute(session, failed_update)
        return detail
    await execute(
        session, letter_update.values(status="replayed", settled_at=func.clock_timestamp())
    )
    return None


def failure_reason(error: Exception) -> tuple[str, str]:
    """The reason and the detail of a failure, without the event's data."""
    if isinstance(error, UnreadableRecord):
        return UNREADABLE, str(error)
    if isinstance(error, DomainError):
        return error.rule, error.detail
    return "failure", type(error).__name__


async def _find_key(database: Database, dead_letter_id: int) -> tuple[str, bytes]:
    columns = (dead_letter.c.topic, dead_letter.c.key_digest)
    async with database.read_only_transaction() as session:
        row = await get_letter_row(session, dead_letter_id, *columns)
    return row.topic, row.key_digest


def _has_key(topic: str, key_digest: bytes) -> tuple[ColumnElement[bool], ...]:
    return dead_letter.c.topic == topic, dead_letter.c.key_digest == key_digest


async def _lock_key(session: AsyncSession, topic: str, key_digest: bytes) -> None:
    """Takes the key's lock until the transaction ends: parking and replaying exclude each other."""
    lock_id = func.hashtextextended(f"attesta.dead_letter/{topic}/{key_digest.hex()}", 0)
    await execute(session, select(func.pg_advisory_xact_lock(lock_id)))


async def _insert_dead_letter(
    session: AsyncSession, record: Record, status: str, reason: str, detail: str, attempts: int = 0
) -> None:
    values = {
        "topic": record.topic,
        "key": record.key,
        "key_digest": record.key_digest,
        "partition": record.partition,
        "kafka_offset": record.offset,
        "fingerprint": record.fingerprint,
        "event_id": record.event_id,
        "type": record.event_type,
        "traceparent": shorten_text(record.attributes.get("ce_traceparent")) or None,
        "headers": encode_headers(record.headers),
        "payload": record.payload,
        "fault": record.fault,
        "status": status,
        "reason": reason,
        "detail": detail,
        "attempts": attempts,
    }
    await execute(session, upsert(dead_letter).values(values).on_conflict_do_nothing())
