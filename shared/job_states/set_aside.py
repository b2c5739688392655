"""Rows that a job could not handle: set aside with their reason, so that they hold up nobody.

Each is tried again alone, after pauses that grow to a day, or at once when operations ask for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.errors import NotFound
from shared.job_states.tables import set_aside
from shared.metrics.database import count_rows
from shared.tracing import current_trace

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)
REASON_LENGTH = 500

SET_ASIDE_SORT_KEYS = [
    (set_aside.c.set_aside_at, AwareDatetime),
    (set_aside.c.subject, str),
    (set_aside.c.job, str),
]
"""By which pages of them are read: the oldest first."""


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """A row that a job could not handle: why, how often it was tried, when it will be again.

    `trace_id` is that of the round that failed last.
    """

    job: str
    subject: str
    reason: str
    attempts: int
    set_aside_at: datetime
    retry_at: datetime
    trace_id: str | None


async def set_row_aside(
    session: AsyncSession, job: str, subject: str, reason: str, now: datetime
) -> None:
    """Sets a row aside, or counts one more attempt; the reason holds no personal data."""
    pause = func.least(
        FIRST_PAUSE * func.power(2, func.least(set_aside.c.attempts, 20)), LONGEST_PAUSE
    )
    trace_id = current_trace().trace_id
    statement = insert(set_aside).values(
        job=job,
        subject=subject,
        reason=reason[:REASON_LENGTH],
        set_aside_at=now,
        retry_at=now + FIRST_PAUSE,
        trace_id=trace_id,
    )
    await execute(
        session,
        statement.on_conflict_do_update(
            index_elements=[set_aside.c.job, set_aside.c.subject],
            set_={
                "reason": statement.excluded.reason,
                "attempts": set_aside.c.attempts + 1,
                "retry_at": now + pause,
                "trace_id": trace_id,
            },
        ),
    )


async def list_due_retries(
    session: AsyncSession, job: str, now: datetime, limit: int
) -> Sequence[str]:
    """The subjects of a job that are to be tried again now, the longest waiting first."""
    query = (
        select(set_aside.c.subject)
        .where(set_aside.c.job == job, set_aside.c.retry_at <= now)
        .order_by(set_aside.c.retry_at, set_aside.c.subject)
        .limit(limit)
    )
    return [row[0] for row in await execute(session, query)]


async def take_row_back(session: AsyncSession, job: str, subject: str) -> None:
    """Forgets that a row was set aside: it has been handled."""
    await execute(session, delete(set_aside).where(_is_row(job, subject)))


async def request_retry(session: AsyncSession, job: str, subject: str, now: datetime) -> None:
    """Lets the job's next round try the row again. Raises `NotFound`."""
    statement = update(set_aside).where(_is_row(job, subject)).values(retry_at=now)
    if (await execute(session, statement)).rowcount == 0:
        raise NotFound("set_aside.unknown", f"The job {job} has set no such row aside.")


def select_set_aside() -> Select[Any]:
    """The rows that are set aside, in no order."""
    return select(*(set_aside.c[name] for name in SetAsideRow.__dataclass_fields__))


async def list_set_aside(
    session: AsyncSession, limit: int, offset: int = 0
) -> Sequence[SetAsideRow]:
    """The rows that are set aside, the oldest first."""
    query = select_set_aside().order_by(*(column for column, _ in SET_ASIDE_SORT_KEYS))
    return [SetAsideRow(*row) for row in await execute(session, query.offset(offset).limit(limit))]


async def count_set_aside(session: AsyncSession) -> int:
    """How many rows are set aside, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(set_aside.c.subject))


async def count_requested_retries(session: AsyncSession, now: datetime) -> int:
    """How many of them the next rounds try again, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(set_aside.c.subject).where(set_aside.c.retry_at <= now))


def _is_row(job: str, subject: str) -> ColumnElement[bool]:
    return (set_aside.c.job == job) & (set_aside.c.subject == subject)
