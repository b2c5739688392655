"""The state of each job: what operations and alerts see, also when no scheduler runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.job_states.tables import job_state

FAILURE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class JobState:
    """One job: how often it should run, how its last rounds ended, how much it has to do.

    `failure` is that of the last round, None when it succeeded.
    """

    name: str
    every_seconds: float
    last_success_at: datetime | None
    last_failure_at: datetime | None
    failure: str | None
    backlog: int


async def record_success(
    session: AsyncSession, name: str, every_seconds: float, backlog: int, now: datetime
) -> None:
    """Records that a round of the job has ended well, and how much is left for the next."""
    await _write_state(
        session,
        name,
        every_seconds=every_seconds,
        last_success_at=now,
        failure=None,
        backlog=backlog,
    )


async def record_failure(
    session: AsyncSession, name: str, every_seconds: float, failure: str, now: datetime
) -> None:
    """Records that a round of the job has failed, and of what; never with personal data."""
    await _write_state(
        session,
        name,
        every_seconds=every_seconds,
        last_failure_at=now,
        failure=failure[:FAILURE_LENGTH],
    )


async def _write_state(session: AsyncSession, name: str, **values: Any) -> None:
    statement = insert(job_state).values(name=name, **values)
    await execute(
        session, statement.on_conflict_do_update(index_elements=[job_state.c.name], set_=values)
    )


async def list_job_states(session: AsyncSession) -> Sequence[JobState]:
    """The state of every job that has ever run here, by name."""
    columns = [job_state.c[name] for name in JobState.__dataclass_fields__]
    rows = await execute(session, select(*columns).order_by(job_state.c.name))
    return [JobState(*row) for row in rows]


async def read_last_success(session: AsyncSession, name: str) -> datetime | None:
    """When a round of the job last ended well; None: never."""
    query = select(job_state.c.last_success_at).where(job_state.c.name == name)
    last_success_at: datetime | None = (await execute(session, query)).scalar_one_or_none()
    return last_success_at


async def lock_cursor(session: AsyncSession, name: str) -> str | None:
    """Where the job goes on, its row locked: one process at a time. None at the beginning."""
    statement = insert(job_state).values(name=name, every_seconds=0)
    await execute(session, statement.on_conflict_do_nothing())
    query = select(job_state.c.cursor).where(job_state.c.name == name).with_for_update()
    cursor: str | None = (await execute(session, query)).scalar_one()
    return cursor


async def save_cursor(session: AsyncSession, name: str, cursor: str | None) -> None:
    """Sets where the job, whose row is locked, goes on."""
    await execute(session, update(job_state).where(job_state.c.name == name).values(cursor=cursor))
