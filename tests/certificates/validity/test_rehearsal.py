"""The rehearsal of a day says what the scan of that day does, and reads only what is due then."""

import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.models import DEFAULT_PLAN
from services.certificates.validity.rehearsal import GROUPS_STATEMENT, ROWS_STATEMENT
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import QUALIFICATION, rows
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock
from tests.problems import assert_problem

ISSUED_ON = date(2026, 3, 2)
LEDGER_OF_DAY = """
    SELECT c.number, n.threshold_days FROM validity_notice n
    JOIN certificate c ON c.id = n.certificate_id
    WHERE n.noticed_on = :day AND n.reason IS NULL
"""


async def _rehearse(client: httpx.AsyncClient, day: date) -> dict[str, Any]:
    response = await client.get("/v1/rehearsals", params={"on": day.isoformat()})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def _list_rows(client: httpx.AsyncClient, day: date, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        response = await client.get(
            "/v1/rehearsals/rows", params={"on": day.isoformat(), "limit": 7, **query}
        )
        assert response.status_code == 200, response.text
        page = response.json()
        items += page["items"]
        if page.get("next") is None:
            return items
        query["cursor"] = page["next"]


async def test_each_day_to_come_is_rehearsed_as_it_then_happens(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    chance = random.Random(5)
    # Ends around all thresholds, seen from a fortnight in 2028.
    ends = [
        date(2028, 6, 1) + timedelta(days=days + chance.randrange(14))
        for days in (-1, 7, 30, 90, 180)
        for _ in range(20)
    ]
    clock.instant = datetime(2028, 5, 30, 9, tzinfo=UTC)
    await load_certificates(database, ends, ISSUED_ON)
    await scan_due_notices(database, clock, settings)
    own_plan = (
        "INSERT INTO notice_plan VALUES (:id, '{90,45,0}', :since, false)",
        {"id": QUALIFICATION.id, "since": [date(1, 1, 1)] * 3},
    )
    days = [date(2028, 6, 1) + timedelta(days=number) for number in range(14)]
    rehearsals = {day: await _rehearse(client, day) for day in days}
    row_lists = {day: await _list_rows(client, day) for day in days}
    published = 0
    for day in days:
        while clock.now().date() < day:
            clock.advance(days=1)
            await scan_due_notices(database, clock, settings)
        ledger = Counter(
            (row.number, row.threshold_days) for row in await rows(database, LEDGER_OF_DAY, day=day)
        )
        thresholds = Counter(threshold for _, threshold in ledger.elements())
        rehearsal = rehearsals[day]
        groups = Counter(
            {group["threshold_days"]: group["group_size"] for group in rehearsal["groups"]}
        )
        assert groups == thresholds, day
        assert rehearsal["expired_total"] == thresholds[0]
        assert rehearsal["renewal_total"] == sum(thresholds.values()) - thresholds[0]
        assert rehearsal["group_total"] == len(thresholds)
        assert {group["council"] for group in rehearsal["groups"]} <= {QUALIFICATION.council}
        assert Counter((row["number"], row["threshold_days"]) for row in row_lists[day]) == ledger
        published += sum(ledger.values())
    assert published > 50
    # A qualification with a plan of its own is rehearsed by that.
    last_day = days[-1]
    statement, values = own_plan
    async with database.transaction() as session:
        await execute(session, text(statement), values)
    own_thresholds = {
        group["threshold_days"]
        for number in range(1, 60)
        for group in (await _rehearse(client, last_day + timedelta(days=number)))["groups"]
    }
    assert own_thresholds <= {90, 45, 0}


async def test_what_was_told_today_is_not_rehearsed_again(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    clock.instant = datetime(2028, 5, 30, 9, tzinfo=UTC)
    today = clock.now().date()
    await load_certificates(database, [today + timedelta(days=30)] * 3, ISSUED_ON)
    due = text("UPDATE certificate SET next_notice_on = :today")
    async with database.transaction() as session:
        await execute(session, due, {"today": today})
    assert (await _rehearse(client, today))["renewal_total"] == 3
    before = await rows(database, "SELECT count(*) FROM validity_notice")
    await scan_due_notices(database, clock, settings)
    assert (await _rehearse(client, today))["renewal_total"] == 0
    assert before[0][0] == 0


async def test_rows_are_of_one_threshold_or_qualification(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    day = date(2028, 6, 1)
    ends = [day + timedelta(days=days) for days in (-1, 30, 30, 90)]
    await load_certificates(database, ends, ISSUED_ON)
    assert [row["threshold_days"] for row in await _list_rows(client, day)] == [0, 30, 30, 90]
    assert len(await _list_rows(client, day, threshold_days=30)) == 2
    assert len(await _list_rows(client, day, qualification_id=str(QUALIFICATION.id))) == 4
    assert await _list_rows(client, day, qualification_id=str(DEFAULT_PLAN)) == []


@pytest.mark.parametrize("path", ["", "/rows"])
async def test_a_past_day_and_others_than_operations_are_refused(
    client: httpx.AsyncClient, clock: ManualClock, path: str
) -> None:
    yesterday = clock.now().date() - timedelta(days=1)
    response = await client.get(f"/v1/rehearsals{path}", params={"on": yesterday.isoformat()})
    assert_problem(response, 422, "rehearsal.past")
    assert (await client.get(f"/v1/rehearsals{path}")).status_code == 422
    headers = tokens.bearer(*(set(Scope) - {Scope.OPERATE}))
    response = await client.get(
        f"/v1/rehearsals{path}", params={"on": "2030-01-01"}, headers=headers
    )
    assert response.status_code == 403


async def _store_own_plans(database: Database, *, is_loaded_one: bool) -> None:
    """Plans of their own for 200 qualifications, the loaded certificates' among them or not."""
    ids = [uuid4() for _ in range(199)] + [QUALIFICATION.id if is_loaded_one else uuid4()]
    statement = """
        INSERT INTO notice_plan
        SELECT id, ARRAY[30 + 2 * n, 30, 0], array_fill(DATE '2026-01-01', ARRAY[3]), false
        FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS plan (id, n)
    """
    async with database.transaction() as session:
        await execute(session, text(statement), {"ids": ids})
        await execute(session, text("ANALYZE notice_plan"))


@pytest.mark.parametrize("statement", [GROUPS_STATEMENT, ROWS_STATEMENT], ids=["groups", "rows"])
@pytest.mark.parametrize("has_own_plan", [True, False], ids=["own plan", "default"])
async def test_only_what_is_due_on_the_day_is_read(
    database: Database, statement: Any, *, has_own_plan: bool
) -> None:
    day = date(2028, 6, 1)
    await _store_own_plans(database, is_loaded_one=has_own_plan)
    reads = []
    for others in (2_000, 20_000):
        async with database.transaction() as session:
            await execute(session, text("DELETE FROM certificate"))
        ends = [day + timedelta(days=400 + number % 500) for number in range(others)]
        ends += [day + timedelta(days=30)] * 50
        await load_certificates(database, ends, ISSUED_ON)
        parameters = {
            "rehearsed_on": day,
            "default_plan": DEFAULT_PLAN,
            "limit": 100,
            "days": None,
            "qualification_id": None,
            "after_days": -1,
            "after_id": DEFAULT_PLAN,
            "offset": 0,
        }
        names = statement.compile().params
        async with database.transaction() as session:
            explained = await execute(
                session,
                text(f"EXPLAIN (ANALYZE, BUFFERS) {statement}"),
                {name: parameters[name] for name in names},
            )
            plan = "\n".join(row[0] for row in explained)
        assert "Seq Scan on certificate" not in plan, plan
        reads.append(sum(map(int, re.findall(r"(?:hit|read)=(\d+)", plan.splitlines()[1]))))
    assert reads[1] < 2 * reads[0], f"pages read beside 2,000 and 20,000 others: {reads}"
