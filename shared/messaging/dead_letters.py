"""Events that could not be handled: kept with their reason, parked by key, replayed in order.

When an event of a key lies here, later events of that key are parked behind it: handling them first
would break the order that the publisher promised. Other keys go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs, tracing
from shared.clock import Clock
from shared.db import Database, execute
from shared.errors import DomainError, NotFound
from shared.messaging import envelope
from shared.messaging.envelope import Record, Unreadable
from shared.messaging.inbox import Handlers, accept
from shared.messaging.tables import dead_letter, inbox

log = logs.logger(__name__)

_open = dead_letter.c.settled_at.is_(None)


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay: events handled, and why it stopped, if it did."""

    handled: int
    stopped: str | None


async def park_behind(session: AsyncSession, record: Record) -> bool:
    """Parks the record when an earlier one of its key lies here; says whether it did."""
    await _lock_key(session, record.topic, record.key)
    waiting = select(dead_letter.c.id).where(
        dead_letter.c.topic == record.topic, dead_letter.c.key == record.key, _open
    )
    if (await execute(session, waiting.limit(1))).first() is None:
        return False
    await _store(session, record, "parked", "order", "an earlier event of this key waits")
    return True


async def store(database: Database, record: Record, reason: str, detail: str, tries: int) -> None:
    """Keeps a record that could not be handled, and remembers in the inbox that it was received."""
    async with database.transaction() as session:
        await _lock_key(session, record.topic, record.key)
        await _store(session, record, "waiting", reason, detail, tries)
        if reason != "unreadable":
            received = {"event_id": UUID(record.event_id), "type": record.event_type}
            await execute(session, upsert(inbox).values(received).on_conflict_do_nothing())
    log.error("event.dead_letter", reason=reason, event_id=record.event_id, topic=record.topic)


async def replay(database: Database, handlers: Handlers, clock: Clock, dead_id: int) -> Replay:
    """Handles the key's dead letters from its oldest on, each in its own transaction.

    Stops at the first that fails again; that one stays with the new reason. `dead_id` may be any of
    the key's letters. Raises `NotFound`.
    """
    topic, key = await _key_of(database, dead_id)
    handled = 0
    while True:
        async with database.transaction() as session:
            await _lock_key(session, topic, key)
            oldest = (
                select(dead_letter)
                .where(dead_letter.c.topic == topic, dead_letter.c.key == key, _open)
                .order_by(dead_letter.c.id)
                .limit(1)
            )
            row = (await execute(session, oldest)).first()
            if row is None:
                return Replay(handled, None)
            failure = await _try_again(session, handlers, clock, row)
        if failure is not None:
            return Replay(handled, failure)
        handled += 1


async def discard(session: AsyncSession, dead_id: int, why: str) -> None:
    """Gives a dead letter up for good, for a stated reason. Raises `NotFound`."""
    change = (
        update(dead_letter)
        .where(dead_letter.c.id == dead_id, _open)
        .values(status="discarded", detail=why, settled_at=func.clock_timestamp())
        .returning(dead_letter.c.id)
    )
    if (await execute(session, change)).first() is None:
        raise NotFound("dead_letter.unknown", f"There is no open dead letter {dead_id}.")


async def waiting(session: AsyncSession, limit: int) -> Sequence[Row[Any]]:
    """The open dead letters, oldest first, without their payloads: those can be personal data."""
    columns = [column for column in dead_letter.c if column.name not in ("payload", "headers")]
    return (
        await execute(
            session, select(*columns).where(_open).order_by(dead_letter.c.id).limit(limit)
        )
    ).all()


async def _try_again(
    session: AsyncSession, handlers: Handlers, clock: Clock, row: Row[Any]
) -> str | None:
    """Runs the handler under a savepoint; records the outcome either way. None when it worked."""
    record = Record(row.topic, row.partition, row.kafka_offset, row.key, row.headers, row.payload)
    mine = update(dead_letter).where(dead_letter.c.id == row.id)
    try:
        received = envelope.read(record)
        handler = handlers.get(type(received.event)) if received else None
        if received is None or handler is None:
            raise DomainError("event.unknown", f"nothing here handles {record.event_type}")
        trace = tracing.trace(
            record.headers.get("ce_correlationid"), record.headers.get("ce_traceparent")
        )
        with trace:
            async with session.begin_nested():
                await accept(session, received)
                await handler(session, received.event, clock.now())
    except Exception as error:
        reason, detail = diagnosis(error)
        log.warning("event.replay_failed", reason=reason, event_id=record.event_id)
        again = mine.values(reason=reason, detail=detail, attempts=dead_letter.c.attempts + 1)
        await execute(session, again)
        return detail
    await execute(session, mine.values(status="replayed", settled_at=func.clock_timestamp()))
    return None


def diagnosis(error: Exception) -> tuple[str, str]:
    """Why an event was not handled, in words without its data."""
    if isinstance(error, Unreadable):
        return "unreadable", str(error)
    if isinstance(error, DomainError):
        return error.rule, error.detail
    return "failure", type(error).__name__


async def _key_of(database: Database, dead_id: int) -> tuple[str, str]:
    async with database.reading() as session:
        found = select(dead_letter.c.topic, dead_letter.c.key).where(dead_letter.c.id == dead_id)
        row = (await execute(session, found)).first()
    if row is None:
        raise NotFound("dead_letter.unknown", f"There is no dead letter {dead_id}.")
    return row.topic, row.key


async def _lock_key(session: AsyncSession, topic: str, key: str) -> None:
    """Parking and replaying one key exclude each other until the transaction ends."""
    name = func.hashtextextended(f"attesta.dead_letter/{topic}/{key}", 0)
    await execute(session, select(func.pg_advisory_xact_lock(name)))


async def _store(
    session: AsyncSession, record: Record, status: str, reason: str, detail: str, tries: int = 0
) -> None:
    values = {
        "topic": record.topic,
        "key": record.key,
        "partition": record.partition,
        "kafka_offset": record.offset,
        "event_id": record.event_id,
        "type": record.event_type,
        "headers": dict(record.headers),
        "payload": record.payload,
        "status": status,
        "reason": reason,
        "detail": detail,
        "attempts": tries,
    }
    await execute(session, upsert(dead_letter).values(values).on_conflict_do_nothing())
