"""A round over the rows that are due: in batches, and past those that cannot be handled.

A batch that raises is halved down to the guilty row, which is set aside with its reason; the
others go on. Rows set aside are tried again alone. What fails for all rows, such as the database,
ends the round.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Mapped
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.errors import TransientFailure
from shared.job_states.set_aside import list_due_retries, set_row_aside, take_row_back
from shared.job_states.tables import set_aside

RETRY_ROWS = 100
"""Rows set aside that are tried again in one round."""
SET_ASIDE_ROWS = 100
"""Above so many rows set aside in one round it is not the rows that are at fault: it fails."""
_ROW_FAULTS = frozenset({"21", "22", "23", "44", "54", "P0", "XX"})
"""The classes of SQLSTATE that a single row can be guilty of: its data, constraints, triggers."""

_OUTAGES = (OSError, PoolTimeout, TransientFailure, asyncpg.InterfaceError)
_DATABASE_ERRORS = (DBAPIError, asyncpg.PostgresError)
"""Through the ORM, and below it."""

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDuty:
    """What a job does with rows that are due, each named by its id as text.

    `handle_batch` handles at most so many of them, none that is set aside, and returns how many: 0
    at the end. `handle_row` handles this row, if it is due. `find_first` names the row with which
    the next batch begins. None commits.
    """

    job: str
    batch_rows: int
    handle_batch: Callable[[AsyncSession, int], Awaitable[int]]
    handle_row: Callable[[AsyncSession, str], Awaitable[object]]
    find_first: Callable[[AsyncSession], Awaitable[object | None]]


async def handle_due_rows(database: Database, clock: Clock, duty: RowDuty) -> int:
    """One round: handles all rows that are due, a transaction a batch; returns how many.

    Those set aside are tried again at the end: whatever comes of it, the others have been handled.
    Raises what is no single row's fault, and the last fault when too many rows had one.
    """
    total = await _handle_batches(database, clock, duty)
    await _retry_rows(database, clock, duty)
    return total


async def _handle_batches(database: Database, clock: Clock, duty: RowDuty) -> int:
    total, limit, remaining_faults = 0, duty.batch_rows, SET_ASIDE_ROWS
    while True:
        try:
            async with database.transaction() as session:
                count = await duty.handle_batch(session, limit)
        except Exception as error:
            if not is_row_fault(error):
                raise
            if limit == 1:
                if remaining_faults == 0:
                    raise
                remaining_faults -= await _set_first_row_aside(database, clock, duty)
            limit = max(limit // 2, 1)
            continue
        if not count:
            return total
        total += count
        limit = min(limit * 2, duty.batch_rows)


def is_row_fault(error: BaseException) -> bool:
    """Whether a failure can be one row's own: not where the database or a store does not answer."""
    if isinstance(error, _DATABASE_ERRORS):
        return _read_sqlstate(error)[:2] in _ROW_FAULTS
    return not isinstance(error, _OUTAGES)


def is_set_aside(job: str, row_id: Mapped[Any]) -> ColumnElement[bool]:
    """The condition that a job has set the row with this id aside.

    By membership, not by `EXISTS`: its negation is one look into a hash for each row, however many
    are set aside and whatever the planner knows of them.
    """
    return cast(row_id, Text).in_(select(set_aside.c.subject).where(set_aside.c.job == job))


async def _retry_rows(database: Database, clock: Clock, duty: RowDuty) -> None:
    """Tries again, one by one, what was set aside and whose time has come."""
    async with database.read_only_transaction() as session:
        subjects = await list_due_retries(session, duty.job, clock.now(), RETRY_ROWS)
    for subject in subjects:
        await _handle_alone(database, clock, duty, subject)


async def _set_first_row_aside(database: Database, clock: Clock, duty: RowDuty) -> int:
    """Sets the first row that is due aside, if it cannot be handled alone either: 1, or 0."""
    async with database.read_only_transaction() as session:
        subject = await duty.find_first(session)
    if subject is None:
        return 0
    return 0 if await _handle_alone(database, clock, duty, str(subject)) else 1


async def _handle_alone(database: Database, clock: Clock, duty: RowDuty, subject: str) -> bool:
    """Handles a row by itself, or sets it aside; returns whether it could be handled."""
    try:
        async with database.transaction() as session:
            await duty.handle_row(session, subject)
            await take_row_back(session, duty.job, subject)
    except Exception as error:
        if not is_row_fault(error):
            raise
        reason = _name_fault(error)
        log.error("row.set_aside", job=duty.job, subject=subject, reason=reason)
        async with database.transaction() as session:
            await set_row_aside(session, duty.job, subject, reason, clock.now())
        return False
    return True


def _name_fault(error: Exception) -> str:
    """The kind of failure: what it says may be data of the row."""
    if isinstance(error, _DATABASE_ERRORS):
        return f"{type(_unwrap(error)).__name__}, SQLSTATE {_read_sqlstate(error)}"
    return type(error).__name__


def _read_sqlstate(error: BaseException) -> str:
    return str(getattr(_unwrap(error), "sqlstate", None) or "")


def _unwrap(error: BaseException) -> object:
    """The driver's own error."""
    return error.orig if isinstance(error, DBAPIError) else error
