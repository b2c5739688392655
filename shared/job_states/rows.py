"""A round over the rows that are due: in batches, and past those that cannot be handled.

A batch that raises is halved down to the guilty row, which is set aside with its reason; the
others go on. So it is with a row that is locked, or takes so long that the database breaks the
statement off, as long as others can be handled. Rows set aside are tried again alone. What fails
for all rows, such as the database, ends the round.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Mapped
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.clock import Clock
from shared.database_errors import (
    BROKEN_OFF_STATE,
    DATABASE_ERRORS,
    LOCK_TIMEOUT_STATE,
    read_sqlstate,
    unwrap_database_error,
)
from shared.db import Database
from shared.errors import TransientFailure
from shared.job_states.set_aside import list_due_retries, set_row_aside, take_row_back
from shared.job_states.tables import set_aside

RETRY_ROWS = 100
"""Rows set aside that are tried again in one round."""
SET_ASIDE_ROWS = 100
"""Above so many rows set aside in one round it is not the rows that are at fault: it fails."""
BROKEN_OFF_ROWS = 10
"""The same of rows that took too long: each costs the time of two or three statements."""
_BREAK_OFFS = frozenset({BROKEN_OFF_STATE, LOCK_TIMEOUT_STATE})
_ROW_FAULTS = frozenset({"21", "22", "23", "44", "54", "P0", "XX"})
"""The classes of SQLSTATE that a single row can be guilty of: its data, constraints, triggers."""

_OUTAGES = (OSError, PoolTimeout, TransientFailure, asyncpg.InterfaceError)

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


async def handle_due_rows(database: Database, clock: Clock, duty: RowDuty, *lanes: RowDuty) -> int:
    """One round: handles all rows that are due, a transaction a batch; returns how many.

    Lanes are further duties of the same job, which share its rows and the count of their faults,
    and are handled side by side. Rows set aside are tried again at the end: whatever comes of it,
    the others have been handled. Raises what is no single row's fault, and the last fault when too
    many rows had one.
    """
    allowance = _FaultAllowance()
    rounds = [_Round(database, clock, lane, allowance) for lane in (duty, *lanes)]
    total = await _handle_side_by_side(rounds) if lanes else await rounds[0].handle_batches()
    await rounds[0].retry_rows()
    return total


async def _handle_side_by_side(rounds: Sequence["_Round"]) -> int:
    """Where one fails the others are broken off."""
    tasks = [asyncio.create_task(duty_round.handle_batches()) for duty_round in rounds]
    try:
        counts = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return sum(counts)


def is_row_fault(error: BaseException) -> bool:
    """Whether a failure can be one row's own: not where the database or a store does not answer."""
    if isinstance(error, DATABASE_ERRORS):
        return read_sqlstate(error)[:2] in _ROW_FAULTS
    return not isinstance(error, _OUTAGES)


def is_broken_off(error: BaseException) -> bool:
    """Whether the database broke a statement off: it ran, or waited for a lock, for too long."""
    return isinstance(error, DATABASE_ERRORS) and read_sqlstate(error) in _BREAK_OFFS


def is_set_aside(job: str, row_id: Mapped[Any]) -> ColumnElement[bool]:
    """The condition that a job has set the row with this id aside.

    By membership, not by `EXISTS`: its negation is one look into a hash for each row, however many
    are set aside and whatever the planner knows of them.
    """
    return cast(row_id, Text).in_(select(set_aside.c.subject).where(set_aside.c.job == job))


@dataclass(slots=True)
class _FaultAllowance:
    """How many faults a round may still meet, in all its lanes."""

    faults: int = SET_ASIDE_ROWS
    break_offs: int = BROKEN_OFF_ROWS
    has_handled_rows: bool = True
    """Since a row was set aside because it took too long."""

    def count_fault(self, error: Exception) -> None:
        """One row less may fail; raises the error where none may."""
        if self.faults == 0:
            raise error
        self.faults -= 1

    def count_break_off(self, error: Exception) -> None:
        """The same of a row that took too long."""
        if self.break_offs == 0:
            raise error
        self.break_offs -= 1


class _Round:
    """One round of a duty."""

    def __init__(
        self, database: Database, clock: Clock, duty: RowDuty, allowance: _FaultAllowance
    ) -> None:
        self._database, self._clock, self._duty = database, clock, duty
        self._allowance = allowance

    async def handle_batches(self) -> int:
        """Handles what is due; a batch that fails is tried again as smaller ones.

        A fault is met again at once, so the batch is halved. One that is broken off costs its
        whole time: its rows are handled one by one, and the guilty one costs that time only.
        """
        total, limit, single_rows = 0, self._duty.batch_rows, 0
        while True:
            try:
                async with self._database.transaction() as session:
                    count = await self._duty.handle_batch(session, limit)
            except Exception as error:
                self._check_fault(error)
                if limit == 1:
                    await self._set_first_row_aside(error)
                elif is_broken_off(error):
                    single_rows = limit
                limit = 1 if single_rows else max(limit // 2, 1)
                continue
            if not count:
                return total
            total += count
            self._allowance.has_handled_rows = True
            single_rows = max(single_rows - count, 0)
            limit = 1 if single_rows else min(limit * 2, self._duty.batch_rows)

    async def retry_rows(self) -> None:
        """Tries again, one by one, what was set aside and whose time has come."""
        async with self._database.read_only_transaction() as session:
            subjects = await list_due_retries(
                session, self._duty.job, self._clock.now(), RETRY_ROWS
            )
        for subject in subjects:
            error = await self._handle_alone(subject)
            if error is not None and is_broken_off(error):
                self._allowance.count_break_off(error)

    def _check_fault(self, error: Exception) -> None:
        if not is_row_fault(error) and not is_broken_off(error):
            raise error

    async def _set_first_row_aside(self, error: Exception) -> None:
        """Sets the first row that is due aside, if it cannot be handled alone either.

        Raises where it is not the rows that are at fault.
        """
        if is_broken_off(error):
            if not self._allowance.has_handled_rows:
                raise error
            self._allowance.count_break_off(error)
        if self._allowance.faults == 0:
            raise error
        async with self._database.read_only_transaction() as session:
            subject = await self._duty.find_first(session)
        if subject is None:  # handled meanwhile; or it is no row that is at fault
            self._allowance.count_fault(error)
            return
        fault = await self._handle_alone(str(subject))
        if fault is not None:
            self._allowance.count_fault(error)
            self._allowance.has_handled_rows = not is_broken_off(fault)

    async def _handle_alone(self, subject: str) -> Exception | None:
        """Handles a row by itself, or sets it aside; returns why it could not be handled."""
        job, now = self._duty.job, self._clock.now()
        try:
            async with self._database.transaction() as session:
                await self._duty.handle_row(session, subject)
                await take_row_back(session, job, subject)
        except Exception as error:
            self._check_fault(error)
            reason = describe_fault(error)
            log.error("row.set_aside", job=job, subject=subject, reason=reason)
            async with self._database.transaction() as session:
                await set_row_aside(session, job, subject, reason, now)
            return error
        return None


def describe_fault(error: Exception) -> str:
    """The kind of failure, and which fields it is about: what it says may be data of the row."""
    if isinstance(error, DATABASE_ERRORS):
        return f"{type(unwrap_database_error(error)).__name__}, SQLSTATE {read_sqlstate(error)}"
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        places = (f"{'.'.join(map(str, fault['loc']))} {fault['type']}" for fault in faults)
        return f"{type(error).__name__}: {', '.join(places)}"
    return type(error).__name__
