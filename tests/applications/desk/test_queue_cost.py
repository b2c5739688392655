"""What the page of work costs in a country full of cases: no statement walks what is not its own.

Every statement of the page is explained as it ran; a plan must not read a large table from its
beginning to its end, nor rows by the thousand for a tab of few.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.applications.application.status import Status
from services.applications.desk.queries import (
    CaseSelection,
    count_cases,
    find_next_case,
    get_nearest_limits,
    list_cases,
)
from services.applications.desk.tabs import TABS, QueueTab, list_tabs
from shared.db import Database
from shared.principal import Principal, Scope
from tests import tokens
from tests.applications import people
from tests.applications.desk.workload import Workload, add_cases
from tests.applications.statements import recording_statements

TODAY = date(2026, 3, 2)
LARGE_TABLES = {"application", "time_limit", "examination", "decision", "certificate"}
OWN_ROWS = 400
"""More than one centre's cases, and far less than there are."""

CLERK = Principal("clerk", frozenset({Scope.PROCESS}), centre=tokens.CENTRE)
SECRETARY = Principal("secretary", frozenset({Scope.DECIDE}), council="Малый совет")
OPERATOR = Principal("operator", frozenset({Scope.OPERATE}))
READERS = {Scope.PROCESS: CLERK, Scope.DECIDE: SECRETARY, Scope.OPERATE: OPERATOR}


@pytest.fixture
async def country(client: object, database: Database) -> Database:
    """20,000 cases of others, and a few of one centre and one small council."""
    await add_cases(
        database,
        *(
            Workload(f"77.{centre:03d}", status, 500, reviewer=f"reviewer-{centre}")
            for centre in range(10)
            for status in ("submitted", "scheduled", "with_council", "closed")
        ),
        *(
            Workload(tokens.CENTRE, status, 12, council="Малый совет", reviewer=reviewer)
            for status, reviewer in (
                *(("submitted", None), ("under_review", "clerk"), ("scheduled", "clerk")),
                *(("certified", "colleague"), ("with_council", "clerk"), ("closed", "clerk")),
            )
        ),
    )
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "UPDATE time_limit SET due_on = '2026-02-20', at_risk_on = '2026-02-10' "
            "WHERE application_id IN (SELECT id FROM application WHERE centre_number = :centre "
            "AND status = 'submitted')",
            centre=tokens.CENTRE,
        )
        await people.execute_statement(
            session,
            "UPDATE time_limit SET due_on = '2026-03-09', at_risk_on = '2026-03-01' "
            "WHERE application_id IN (SELECT id FROM application WHERE centre_number = :centre "
            "AND status = 'under_review')",
            centre=tokens.CENTRE,
        )
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
            text("VACUUM ANALYZE")
        )
    return database


async def explain(connection: AsyncConnection, statement: str, parameters: Any) -> dict[str, Any]:
    """The plan of a statement as it ran."""
    result = await connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
    )
    plan: dict[str, Any] = result.scalar_one()[0]["Plan"]
    return plan


def walk_plan(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's nodes."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from walk_plan(child)


def list_excesses(plan: dict[str, Any], most_rows: int) -> list[str]:
    """The nodes that walk a whole large table, or read more rows than are looked for."""
    excesses = []
    for node in walk_plan(plan):
        row_count = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node[
            "Actual Loops"
        ]
        is_whole = node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE_TABLES
        if is_whole or row_count > most_rows:
            excesses.append(f"{node['Node Type']} {node.get('Relation Name', '')} {row_count}")
    return excesses


async def read_tab(database: Database, tab: QueueTab, search: str = "") -> tuple[int, int]:
    """Reads a tab as the page does; the counts of the tab and of its first page."""
    reader = READERS[tab.scope]
    async with database.read_only_transaction() as session:
        selection = CaseSelection(tab, reader, TODAY, search)
        (count,) = await count_cases(session, [selection])
        cases = await list_cases(session, selection, 0, 25)
        await get_nearest_limits(session, [case.id for case in cases], tab.responsible)
    return count, len(cases)


async def list_statement_excesses(
    database: Database, statements: list[tuple[str, Any]], most_rows: int
) -> list[str]:
    """What is too much in the plans of these statements."""
    excesses = []
    async with database.engine.connect() as connection:
        for statement, parameters in statements:
            plan = await explain(connection, statement, parameters)
            excesses += list_excesses(plan, most_rows)
    return excesses


async def test_a_tab_of_few_costs_few_rows(country: Database) -> None:
    expected_counts = {
        "mine": 24,
        "unassigned": 12,
        "centre": 48,
        "examinations": 12,
        "hand-over": 12,
        "others": 12,
        "closed": 12,
        "decisions": 12,
        "council-others": 48,
        "council-closed": 12,
        "late": 12,
        "at-risk": 12,
    }
    for tab in TABS:
        if tab.name not in expected_counts:
            continue
        with recording_statements(country, "SELECT") as statements:
            count, row_count = await read_tab(country, tab)
        assert count == expected_counts[tab.name], tab.name
        assert row_count == min(count, 25)
        excesses = await list_statement_excesses(country, statements, OWN_ROWS)
        assert excesses == [], tab.name
    async with country.read_only_transaction() as session:
        (first, second, *_) = await list_cases(
            session, CaseSelection(list_tabs(CLERK)[1], CLERK, TODAY), 0, 25
        )
        with recording_statements(country, "SELECT") as statements:
            next_case = await find_next_case(session, CLERK, TODAY, Status.SUBMITTED, first.id)
    assert next_case is not None
    assert (next_case.number, next_case.tab) == (second.number, "unassigned")
    assert await list_statement_excesses(country, statements, OWN_ROWS) == []


async def test_a_search_costs_what_it_finds(country: Database) -> None:
    counts_by_search = {
        "Фамилияз": 4,
        "фамилияз и": 4,
        "Фамилиядкк Им": 0,
        "26-020003": 1,
        "26-000003": 0,
        "спк-26-020040": 1,
        "П-26-020040": 1,
        "З-26-020040": 1,
        "П-26-000003": 0,
        "07.01000.01.26-020040": 1,
    }
    for search, count in counts_by_search.items():
        with recording_statements(country, "SELECT") as statements:
            assert (await read_tab(country, list_tabs(CLERK)[2], search))[0] == count, search
        assert await list_statement_excesses(country, statements, 2 * OWN_ROWS) == [], search


async def test_tabs_of_many_are_counted_to_a_thousand_at_once_and_read_along_an_index(
    country: Database,
) -> None:
    selections = [CaseSelection(tab, OPERATOR, TODAY) for tab in list_tabs(OPERATOR)]
    async with country.read_only_transaction() as session:
        with recording_statements(country, "SELECT") as statements:
            assert await count_cases(session, selections) == [12, 12, 1001, 1001]
    assert len(statements) == 1
    async with country.engine.connect() as connection:
        plan = await explain(connection, *statements[0])
    reads = [node for node in walk_plan(plan) if "Scan" in node["Node Type"]]
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in reads) <= 1001
    for selection in selections[2:]:
        async with country.read_only_transaction() as session:
            with recording_statements(country, "SELECT") as statements:
                assert len(await list_cases(session, selection, 0, 25)) == 25
        excesses = await list_statement_excesses(country, statements, OWN_ROWS)
        assert excesses == [], selection.tab.name
