"""Dead letters as they are kept and shown: bytes as bytes, and as text as far as they are text."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.errors import NotFound
from shared.messaging.envelope import RecordHeaders, decode_text, shorten_text
from shared.messaging.tables import dead_letter
from shared.metrics.database import count_rows

LETTER_SORT_KEYS = [(dead_letter.c.id, int)]
"""By which pages of dead letters are read."""
IS_OPEN = dead_letter.c.settled_at.is_(None)
_SHOWN_COLUMNS = [
    *(dead_letter.c.id, dead_letter.c.topic, dead_letter.c.key, dead_letter.c.partition),
    *(dead_letter.c.kafka_offset, dead_letter.c.event_id, dead_letter.c.type),
    *(dead_letter.c.traceparent, dead_letter.c.status, dead_letter.c.reason, dead_letter.c.detail),
    *(dead_letter.c.attempts, dead_letter.c.stored_at, dead_letter.c.settled_at),
]
"""What is shown without a record of who has seen it, in the order of `DeadLetter`."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as it is shown: what its producer wrote as text, as far as it is text."""

    id: int
    topic: str
    key: str
    partition: int
    kafka_offset: int
    event_id: str
    type: str | None
    traceparent: str | None
    status: str
    reason: str
    detail: str
    attempts: int
    stored_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Content:
    """What a record says: its bytes, and as text as far as it is; its headers, a line each."""

    payload: bytes
    payload_text: str
    header_lines: str


def select_open_dead_letters() -> Select[Any]:
    """The open dead letters, in no order, without their payloads: those can be personal data."""
    return select(*_SHOWN_COLUMNS).where(IS_OPEN)


async def list_open_dead_letters(
    session: AsyncSession, limit: int, offset: int = 0
) -> Sequence[DeadLetter]:
    """The open dead letters, oldest first."""
    query = select_open_dead_letters().order_by(dead_letter.c.id)
    rows = await execute(session, query.offset(offset).limit(limit))
    return [show_letter(row) for row in rows]


async def count_open_dead_letters(session: AsyncSession) -> int:
    """How many there are, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(dead_letter.c.id).where(IS_OPEN))


async def get_dead_letter(session: AsyncSession, dead_letter_id: int) -> DeadLetter:
    """A dead letter, also one that is settled, without its payload. Raises `NotFound`."""
    return show_letter(await get_letter_row(session, dead_letter_id, *_SHOWN_COLUMNS))


async def get_content(session: AsyncSession, dead_letter_id: int) -> Content:
    """What a dead letter says; who is shown it is recorded before. Raises `NotFound`."""
    columns = (dead_letter.c.headers, dead_letter.c.payload)
    row = await get_letter_row(session, dead_letter_id, *columns)
    headers = read_headers(row.headers)
    lines = [f"{decode_text(name.encode())}: {decode_text(value)}" for name, value in headers]
    return Content(row.payload or b"", decode_text(row.payload), "\n".join(lines))


async def get_letter_row(
    session: AsyncSession, dead_letter_id: int, *columns: ColumnElement[Any]
) -> Row[Any]:
    """Columns of a dead letter, also of one that is settled. Raises `NotFound`."""
    query = select(*columns).where(dead_letter.c.id == dead_letter_id)
    row = (await execute(session, query)).first()
    if row is None:
        raise NotFound("dead_letter.unknown", f"There is no dead letter {dead_letter_id}.")
    return row


def encode_headers(headers: RecordHeaders) -> list[list[str | None]]:
    """Headers as JSON can hold them: names and values in base64, since they can be any bytes."""
    return [
        [b64encode(name.encode()).decode(), None if value is None else b64encode(value).decode()]
        for name, value in headers
    ]


def read_headers(stored_headers: list[list[str | None]]) -> RecordHeaders:
    """The headers as they were received."""
    return tuple(
        (b64decode(name or "").decode(), None if value is None else b64decode(value))
        for name, value in stored_headers
    )


def show_letter(row: Row[Any]) -> DeadLetter:
    """A row of `select_open_dead_letters` as it is shown."""
    letter_id, topic, key, *columns = tuple[Any, ...](row)
    return DeadLetter(letter_id, topic, shorten_text(decode_text(key)), *columns)
