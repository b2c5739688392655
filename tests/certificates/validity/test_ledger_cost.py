"""Each filter of the ledger is answered by an index, the newest first, and reads what it shows."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.queries import NoticeFilter, list_ledger, list_notices
from services.certificates.validity.rules import NoticeKind, SuppressionReason
from shared.db import Database, execute
from tests.certificates.loads import load_certificates

YEAR = date(2028, 1, 1)
LEDGER = text(
    """
    INSERT INTO validity_notice (certificate_id, generation, threshold_days, due_on, noticed_on,
        recorded_at, reason, event_id)
    SELECT id, 0, CASE WHEN n % 5 = 0 THEN 0 ELSE 30 END, CAST(:year AS date) + n % 365,
        CAST(:year AS date) + n % 365, now(), CASE WHEN n % 997 = 0 THEN 'overtaken' END,
        gen_random_uuid()
    FROM (SELECT id, CAST(row_number() OVER () AS integer) AS n FROM certificate) AS numbered
    """
)
FILTERS = {
    "nothing": NoticeFilter(),
    "number": NoticeFilter(number="load-77"),
    "kind": NoticeFilter(kind=NoticeKind.EXPIRED),
    "reason": NoticeFilter(reason=SuppressionReason.OVERTAKEN),
    "suppressed": NoticeFilter(is_published=False),
    "due from": NoticeFilter(due_from=YEAR + timedelta(days=300)),
    "due to": NoticeFilter(due_to=YEAR + timedelta(days=3)),
    "due within": NoticeFilter(due_from=YEAR + timedelta(days=9), due_to=YEAR + timedelta(days=9)),
}
FEW_ROWS = {"number": 1, "reason": 12, "suppressed": 12, "due within": 33}
"""Filters that leave less than a page."""
ROWS = 12_000
MOST_ROWS_READ = 1000
"""For a page of fifty: a kind is every fifth, and a day's rows are sorted."""


@pytest.fixture
async def ledger(database: Database, settings: CertificatesSettings) -> Database:
    """A year's ledger of a notice for each certificate."""
    await load_certificates(database, [date(2029, 1, 1)] * ROWS, date(2026, 1, 1))
    async with database.transaction() as session:
        await execute(session, LEDGER, {"year": YEAR})
        await execute(session, text("ANALYZE validity_notice"))
    return database


@dataclass
class Plans:
    """What the statements of a database cost, as the database explains them."""

    statements: list[tuple[str, Any]]

    async def count_rows_read(self, database: Database) -> int:
        """The most rows that a scan of the ledger touches; fails where it reads a table whole."""
        (statement, parameters) = self.statements[-1]
        async with database.engine.connect() as connection:
            explained = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
            )
            (plan,) = explained.one()
        return max(_list_scans(plan[0]["Plan"]), default=0)


def _list_scans(node: dict[str, Any]) -> list[int]:
    """The rows that each scan of the ledger touches."""
    counts = [count for child in node.get("Plans", ()) for count in _list_scans(child)]
    if str(node.get("Relation Name", "")).startswith("validity_notice"):
        is_empty = node["Actual Rows"] == 0 and not node.get("Rows Removed by Filter")
        assert node["Node Type"] != "Seq Scan" or is_empty, node
        removed = node.get("Rows Removed by Filter", 0)
        counts.append(int((node["Actual Rows"] + removed) * node["Actual Loops"]))
    return counts


async def test_a_page_of_the_ledger_reads_what_it_shows(ledger: Database) -> None:
    plans = Plans([])

    @event.listens_for(ledger.engine.sync_engine, "before_cursor_execute")
    def _note_statement(*arguments: Any) -> None:
        if "validity_notice" in arguments[2] and not arguments[2].startswith("EXPLAIN"):
            plans.statements.append((arguments[2], arguments[3]))

    try:
        for name, notice_filter in FILTERS.items():
            async with ledger.read_only_transaction() as session:
                rows, _ = await list_notices(session, notice_filter, None, 50)
            assert await plans.count_rows_read(ledger) <= MOST_ROWS_READ, name
            async with ledger.read_only_transaction() as session:
                listed = await list_ledger(session, notice_filter, 0, 50)
            assert await plans.count_rows_read(ledger) <= MOST_ROWS_READ, name
            assert [notice.event_id for notice, _, _ in listed] == [row.event_id for row in rows]
            days = [row.due_on for row in rows]
            assert days == sorted(days, reverse=True)
            assert len(rows) == FEW_ROWS.get(name, 50)
    finally:
        event.remove(ledger.engine.sync_engine, "before_cursor_execute", _note_statement)


async def test_pages_by_the_day_due_go_on_where_the_last_one_ended(
    ledger: Database, client: httpx.AsyncClient
) -> None:
    query: dict[str, Any] = {"due_from": "2028-01-10", "due_to": "2028-01-12", "limit": 40}
    items: list[dict[str, Any]] = []
    while True:
        page = (await client.get("/v1/notices", params=query)).json()
        items += page["items"]
        if page.get("next") is None:
            break
        query["cursor"] = page["next"]
    keys = [(item["due_on"], item["certificate_id"]) for item in items]
    assert keys == sorted(set(keys), reverse=True)
    assert {item["due_on"] for item in items} == {"2028-01-10", "2028-01-11", "2028-01-12"}
    assert len(items) == 3 * 33
