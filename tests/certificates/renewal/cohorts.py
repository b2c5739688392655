"""Cohorts of certificates for the tests of windows, and rounds of the job that gives them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from tests.certificates.approvals import QUALIFICATION, rows
from tests.clock import ManualClock

ISSUED_ON = date(2025, 9, 1)
WINDOWS = """
    SELECT w.certificate_id, w.generation, w.starts_on, w.ends_on, w.slot_on, w.pull_forward_id
    FROM renewal_window AS w ORDER BY w.ends_on, w.certificate_id
"""
SLOTS = "SELECT day, assigned, capacity FROM renewal_slot ORDER BY day"


def at_noon(day: date) -> datetime:
    """The instant of noon in Moscow."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


async def declare(
    database: Database, places: int, qualification_id: UUID = QUALIFICATION.id
) -> None:
    """States how many renewals of a qualification a day can take."""
    statement = "INSERT INTO renewal_capacity VALUES (:id, :places, NULL, NULL, 1)"
    async with database.transaction() as session:
        await execute(session, text(statement), {"id": qualification_id, "places": places})


async def give_windows(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    """One round of the job, to its end."""
    await Duties(database, clock, settings).give_windows()


async def read_windows(database: Database) -> list[Any]:
    """All windows, the earliest first."""
    return await rows(database, WINDOWS)


async def read_slots(database: Database) -> dict[date, int]:
    """How many windows each slot counts, without the empty ones."""
    return {row.day: row.assigned for row in await rows(database, SLOTS) if row.assigned}


def working_days(first_day: date, last_day: date) -> list[date]:
    """Mondays to Fridays, by plain counting."""
    day, days = first_day, []
    while day <= last_day:
        if day.weekday() < 5:
            days.append(day)
        day += timedelta(days=1)
    return days


def count_by_day(windows: Sequence[Any]) -> dict[date, int]:
    """How many windows end on each day."""
    numbers: dict[date, int] = {}
    for window in windows:
        numbers[window.ends_on] = numbers.get(window.ends_on, 0) + 1
    return numbers
