"""What a scan would do on a day to come, computed from what is stored and without writing.

It is assumed that nothing changes and no day is missed until then. Only what is due on that day is
read: for each threshold the certificates that end so many days later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.validity.models import DEFAULT_PLAN
from services.certificates.validity.rules import NoticeKind, notice_kind
from shared.db import execute
from shared.errors import RuleViolation

GROUP_LIMIT = 1000
"""So many qualifications and thresholds are told one by one; the totals count all."""
FIRST_POSITION = (-1, UUID(int=0))
"""Before the first row: a threshold and an id."""

_DUE_ROWS = (Path(__file__).parent / "rehearsal.sql").read_text("utf-8")
# The plan is asked once for all certificates to which it says the same.
_GROUPS = """
    , alike AS (
        SELECT qualification_id, ends_on, planned_from, days,
               count(*) AS group_size, (array_agg(id))[1] AS sample_id
        FROM ending
        WHERE next_notice_on <= :rehearsed_on
        GROUP BY qualification_id, ends_on, planned_from, days
    ), numbers AS (
        SELECT alike.qualification_id, alike.days, CAST(sum(group_size) AS bigint) AS group_size,
               (array_agg(sample_id))[1] AS sample_id
        FROM alike
        CROSS JOIN LATERAL plan_of(qualification_id, ends_on, planned_from) AS planned
        WHERE planned.days = alike.days
        GROUP BY alike.qualification_id, alike.days
    )
    SELECT qualification_id, days AS threshold_days, group_size,
           (SELECT qualification ->> 'name' FROM certificate WHERE id = sample_id)
               AS qualification_name,
           (SELECT qualification ->> 'council' FROM certificate WHERE id = sample_id) AS council,
           coalesce(sum(group_size) FILTER (WHERE days > 0) OVER (), 0) AS renewal_total,
           coalesce(sum(group_size) FILTER (WHERE days = 0) OVER (), 0) AS expired_total,
           count(*) OVER () AS group_total
    FROM numbers
    ORDER BY group_size DESC, qualification_id, days LIMIT :limit
"""
_ROWS = """
    SELECT id AS certificate_id, number, qualification_id, ends_on, days AS threshold_days
    FROM due
    WHERE (CAST(:days AS integer) IS NULL OR days = :days)
      AND (CAST(:qualification_id AS uuid) IS NULL OR qualification_id = :qualification_id)
      AND (days, id) > (:after_days, :after_id)
    ORDER BY days, id OFFSET :offset LIMIT :limit
    """
GROUPS_STATEMENT = text(f"{_DUE_ROWS}{_GROUPS}")
ROWS_STATEMENT = text(f"{_DUE_ROWS}{_ROWS}")


@dataclass(frozen=True, slots=True)
class RehearsedGroup:
    """The notices of one qualification at one threshold: how many a scan would publish."""

    qualification_id: UUID
    qualification_name: str
    council: str
    threshold_days: int
    group_size: int

    @property
    def kind(self) -> NoticeKind:
        """Whether they would say that renewal is due, or that the certificates have expired."""
        return notice_kind(self.threshold_days)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a scan would publish on a day; the largest groups come first."""

    rehearsed_on: date
    renewal_total: int
    expired_total: int
    group_total: int
    groups: Sequence[RehearsedGroup]


@dataclass(frozen=True, slots=True)
class RehearsedRowFilter:
    """Which rows of a rehearsal; None where all are meant."""

    threshold_days: int | None = None
    qualification_id: UUID | None = None


def check_rehearsed_day(rehearsed_on: date, today: date) -> None:
    """Refuses a day that is over: what was done then, the ledger tells. Raises `RuleViolation`."""
    if rehearsed_on < today:
        raise RuleViolation(
            "rehearsal.past",
            "Rehearse today or a day to come: the ledger tells of past days.",
            field="#query/on",
        )


async def rehearse_scan(session: AsyncSession, rehearsed_on: date) -> Rehearsal:
    """What a scan would publish on this day."""
    parameters = {
        "rehearsed_on": rehearsed_on,
        "default_plan": DEFAULT_PLAN,
        "limit": GROUP_LIMIT,
    }
    rows = (await execute(session, GROUPS_STATEMENT, parameters)).all()
    groups = [
        RehearsedGroup(
            row.qualification_id,
            row.qualification_name,
            row.council,
            row.threshold_days,
            row.group_size,
        )
        for row in rows
    ]
    if not rows:
        return Rehearsal(rehearsed_on, 0, 0, 0, [])
    totals = rows[0]
    return Rehearsal(
        rehearsed_on,
        int(totals.renewal_total),
        int(totals.expired_total),
        totals.group_total,
        groups,
    )


async def list_rehearsed_rows(
    session: AsyncSession,
    rehearsed_on: date,
    row_filter: RehearsedRowFilter,
    limit: int,
    *,
    after: tuple[int, UUID] = FIRST_POSITION,
    offset: int = 0,
) -> Sequence[Row[Any]]:
    """The certificates about which it would, by threshold and id, after this one."""
    parameters = {
        "rehearsed_on": rehearsed_on,
        "default_plan": DEFAULT_PLAN,
        "days": row_filter.threshold_days,
        "qualification_id": row_filter.qualification_id,
        "after_days": after[0],
        "after_id": after[1],
        "offset": offset,
        "limit": limit,
    }
    return (await execute(session, ROWS_STATEMENT, parameters)).all()
