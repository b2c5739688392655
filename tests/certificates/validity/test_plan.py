"""The plan of notices in SQL is plain arithmetic, for whatever plan and end."""

import random
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from services.certificates.validity.models import DEFAULT_PLAN
from shared.db import Database, execute
from tests.certificates.approvals import rows

Plan = dict[int, date]
"""Thresholds, each with the day from which it counts."""


def _due_days(plan: Plan, ends_on: date, planned_from: date) -> dict[int, date]:
    """By plain arithmetic: the days on which notices are due, by threshold."""
    due_days = {
        days: ends_on - timedelta(days=days) if days else ends_on + timedelta(days=1)
        for days in plan
    }
    return {days: day for days, day in due_days.items() if day > planned_from and day >= plan[days]}


async def _store_plan(database: Database, qualification_id: UUID, plan: Plan) -> None:
    async with database.transaction() as session:
        await execute(
            session,
            text(
                "INSERT INTO notice_plan VALUES (:id, :days, :since, false) "
                "ON CONFLICT (qualification_id) DO UPDATE SET days = :days, since = :since"
            ),
            {"id": qualification_id, "days": [*plan], "since": [*plan.values()]},
        )


def _choose_plan(chance: random.Random) -> Plan:
    thresholds = sorted(chance.sample(range(1, 400), chance.randrange(5)), reverse=True)
    first_day = date(2026, 1, 1)
    return {days: first_day + timedelta(days=chance.randrange(800)) for days in [*thresholds, 0]}


async def test_the_plan_in_sql_is_plain_arithmetic(database: Database) -> None:
    chance = random.Random(17)
    for _ in range(20):
        own_id = uuid4()
        plans = {DEFAULT_PLAN: _choose_plan(chance), own_id: _choose_plan(chance)}
        for plan_id, plan in plans.items():
            await _store_plan(database, plan_id, plan)
        for _ in range(15):
            ends_on = date(2026, 6, 1) + timedelta(days=chance.randrange(900))
            planned_from = ends_on - timedelta(days=chance.randrange(-10, 400))
            for qualification_id, plan_id in ((own_id, own_id), (uuid4(), DEFAULT_PLAN)):
                found_days = await rows(
                    database,
                    "SELECT days, due_on FROM plan_of(:id, :ends_on, :planned_from)",
                    id=qualification_id,
                    ends_on=ends_on,
                    planned_from=planned_from,
                )
                assert {row.days: row.due_on for row in found_days} == _due_days(
                    plans[plan_id], ends_on, planned_from
                )


async def test_the_ledger_has_a_part_for_each_year_and_one_for_all_others(
    database: Database,
) -> None:
    parts = await rows(
        database,
        "SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits "
        "JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'validity_notice'::regclass",
    )
    assert {row.bounds for row in parts} == {
        "DEFAULT",
        *(
            f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
            for year in range(2020, 2061)
        ),
    }
