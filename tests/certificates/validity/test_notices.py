"""The ledger over HTTP: every filter finds what the same condition in Python leaves."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import rows
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock
from tests.problems import assert_problem

Notice = dict[str, Any]
ISSUED_ON = date(2026, 3, 2)

CONDITIONS: dict[str, Callable[[Notice, str, dict[str, str]], bool]] = {
    "certificate_id": lambda notice, value, _: notice["certificate_id"] == value,
    "number": lambda notice, value, numbers: numbers[notice["certificate_id"]] == value,
    "kind": lambda notice, value, _: notice["kind"] == value,
    "reason": lambda notice, value, _: notice.get("reason") == value,
    "is_published": lambda notice, value, _: (notice.get("reason") is None) == (value == "true"),
    "due_from": lambda notice, value, _: notice["due_on"] >= value,
    "due_to": lambda notice, value, _: notice["due_on"] <= value,
}


@pytest.fixture
async def numbers(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> dict[str, str]:
    """The numbers, by id, of certificates with a ledger of two years of irregular scans."""
    ends = [date(2027, 1, 1) + timedelta(days=day * 17) for day in range(20)]
    await load_certificates(database, ends, ISSUED_ON)
    chance = random.Random(3)
    clock.instant = datetime(2026, 8, 1, 9, tzinfo=UTC)
    while clock.now().year < 2028:
        await scan_due_notices(database, clock, settings)
        clock.advance(days=chance.randrange(1, 60))
    # Numbers as the agency writes them: the filter takes no other.
    update = (
        "UPDATE certificate SET number = '07.01000.00.' "
        "|| lpad(substr(number, 6), 8, '0') || '.29' RETURNING id, number"
    )
    async with database.transaction() as session:
        return {str(row.id): row.number for row in await execute(session, text(update))}


async def _list_notices(client: httpx.AsyncClient, **query: str) -> list[Notice]:
    """All pages of a list."""
    notices: list[Notice] = []
    while True:
        answer = await client.get("/v1/notices", params={**query, "limit": "7"})
        assert answer.status_code == 200, answer.text
        notices += answer.json()["items"]
        if answer.json().get("next") is None:
            return notices
        query["cursor"] = answer.json()["next"]


def _choose_query(chance: random.Random, notices: list[Notice], numbers: dict[str, str]) -> Any:
    notice = chance.choice(notices)
    days = sorted(chance.choice(notices)["due_on"] for _ in range(2))
    values = {
        "certificate_id": notice["certificate_id"],
        "number": numbers[chance.choice(notices)["certificate_id"]],
        "kind": chance.choice(["renewal_due", "expired"]),
        "reason": "overtaken",
        "is_published": chance.choice(["true", "false"]),
        "due_from": days[0],
        "due_to": days[1],
    }
    names = chance.sample(sorted(values), chance.randrange(1, 4))
    return {name: values[name] for name in names}


def _order_by_due_day(notice: Notice) -> Any:
    return notice["due_on"], notice["certificate_id"], notice["threshold_days"]


async def test_every_filter_finds_what_it_says(
    client: httpx.AsyncClient, database: Database, numbers: dict[str, str]
) -> None:
    notices = await _list_notices(client)
    (stored,) = await rows(database, "SELECT count(*) AS count FROM validity_notice")
    assert len(notices) == stored.count > 90
    order = [
        (notice["noticed_on"], notice["certificate_id"], notice["threshold_days"])
        for notice in notices
    ]
    assert order == sorted(order, reverse=True), "the newest first"
    chance = random.Random(5)
    for _ in range(60):
        query = _choose_query(chance, notices, numbers)
        expected_notices = [
            notice
            for notice in notices
            if all(CONDITIONS[name](notice, value, numbers) for name, value in query.items())
        ]
        if query.keys() & {"due_from", "due_to"}:
            expected_notices.sort(key=_order_by_due_day, reverse=True)
        assert await _list_notices(client, **query) == expected_notices, query


async def test_a_notice_says_when_it_was_due_and_why_it_was_not_published(
    client: httpx.AsyncClient, numbers: dict[str, str]
) -> None:
    notices = await _list_notices(client, is_published="false")
    assert notices
    for notice in notices:
        assert notice["reason"] == "overtaken"
        assert notice["due_on"] <= notice["noticed_on"]
    for notice in await _list_notices(client, is_published="true", kind="expired"):
        assert notice["reason"] is None
        assert notice["threshold_days"] == 0
    assert numbers


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"kind": "lost"}, "#query/kind"),
        ({"reason": "none"}, "#query/reason"),
        ({"due_from": "2026-13-01"}, "#query/due_from"),
        ({"number": "x" * 200}, "#query/number"),
        ({"limit": "201"}, "#query/limit"),
        ({"cursor": "AAAA"}, "#query/cursor"),
    ],
)
async def test_a_faulty_filter_is_refused(
    client: httpx.AsyncClient, query: dict[str, str], pointer: str
) -> None:
    answer = await client.get("/v1/notices", params=query)
    document = answer.json()
    assert answer.status_code == 422, document
    assert [fault["pointer"] for fault in document["errors"]] == [pointer]


async def test_the_ledger_is_for_operations(client: httpx.AsyncClient) -> None:
    stranger = tokens.bearer(Scope.VERIFY, employer="1")
    assert_problem(await client.get("/v1/notices", headers=stranger), 403, "auth.scope")
