"""How many notices the days to come will bring, by what stands in the index of live certificates.

Only ends are counted, in groups of a qualification and a day: the certificates themselves are not
looked at. So one whose term is shorter than a threshold counts at it, though nothing will be told;
a rehearsal of the day says exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.validity.models import DEFAULT_PLAN
from shared.db import execute

LOAD_DAYS = 30
"""So many days to come are looked at, from tomorrow on."""

# `OFFSET 0` as in the rehearsal: each threshold looks for its certificates by their ends.
LOAD_STATEMENT = text(
    """
    WITH threshold AS (
        SELECT plan.qualification_id, planned.days, planned.since
        FROM notice_plan AS plan, unnest(plan.days, plan.since) AS planned (days, since)
    ), ending AS (
        SELECT distance.days, c.qualification_id,
               c.ends_on - distance.days + CAST(distance.days = 0 AS integer) AS due_on,
               count(*) AS group_size
        FROM (SELECT DISTINCT days FROM threshold) AS distance
        CROSS JOIN LATERAL (
            SELECT ends_on, qualification_id FROM certificate
            WHERE next_notice_on IS NOT NULL
              AND ends_on BETWEEN
                  CAST(:first_day AS date) + distance.days - CAST(distance.days = 0 AS integer)
                  AND CAST(:last_day AS date) + distance.days - CAST(distance.days = 0 AS integer)
            OFFSET 0
        ) AS c
        GROUP BY distance.days, c.qualification_id, due_on
    ), own AS (
        SELECT DISTINCT qualification_id FROM threshold
        WHERE qualification_id <> CAST(:default_plan AS uuid)
    )
    SELECT ending.due_on,
           coalesce(sum(group_size) FILTER (WHERE ending.days > 0), 0) AS renewal_total,
           coalesce(sum(group_size) FILTER (WHERE ending.days = 0), 0) AS expired_total
    FROM ending
    LEFT JOIN own ON own.qualification_id = ending.qualification_id
    JOIN threshold ON threshold.days = ending.days
        AND threshold.qualification_id = coalesce(own.qualification_id, :default_plan)
        AND threshold.since <= ending.due_on
    GROUP BY ending.due_on
    """
)


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
