"""How many notices the days to come will bring, by what stands in the indexes of certificates.

Only ends are counted: the certificates themselves are not looked at. So one whose term is shorter
than a threshold counts at it, though nothing will be told; a rehearsal of the day says exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.validity.models import DEFAULT_PLAN
from shared.db import execute

LOAD_DAYS = 30
"""So many days to come are looked at, from tomorrow on."""

LOAD_STATEMENT = text((Path(__file__).parent / "load.sql").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class DayLoad:
    """How many notices of each kind a day will bring."""

    renewal_total: int = 0
    expired_total: int = 0

    @property
    def total(self) -> int:
        """All notices of the day."""
        return self.renewal_total + self.expired_total


async def count_day_loads(session: AsyncSession, today: date) -> Mapping[date, DayLoad]:
    """The load of each day to come, also of those that bring nothing."""
    days = [today + timedelta(days=distance) for distance in range(1, LOAD_DAYS + 1)]
    parameters = {"first_day": days[0], "last_day": days[-1], "default_plan": DEFAULT_PLAN}
    rows = await execute(session, LOAD_STATEMENT, parameters)
    loads = {row.due_on: DayLoad(int(row.renewal_total), int(row.expired_total)) for row in rows}
    return {day: loads.get(day, DayLoad()) for day in days}
