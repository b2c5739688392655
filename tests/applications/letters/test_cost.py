"""What letters cost where many were sent: what is due or shown, never what exists."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.applications.digests.content import read_centre_digest, read_council_digest
from services.applications.digests.operations import claim_digest
from services.applications.letters.by_hand import HandTab, count_queue, list_queue
from services.applications.letters.operations import claim_letter
from services.applications.letters.planning import decide_waiting
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from tests import tokens
from tests.applications import people
from tests.applications.desk.workload import Workload, add_cases
from tests.applications.statements import recording_statements
from tests.clock import ManualClock

LARGE_TABLES = {"application", "certificate", "letter"}
SENT_COUNT, OWN_COUNT = 20_000, 12
MOST_ROWS = 150
INSERT_LETTERS = """
INSERT INTO letter (
    id, notice_id, application_id, certificate_id, number, kind, day, recipient, channel, language,
    centre_number, state, planned_at, due_at, next_attempt_at, attempts, failures
)
SELECT gen_random_uuid(), gen_random_uuid(), id, id, number, 'expired', date '2026-01-01', 'holder',
    :channel, 'ru', :centre, :state, :now, :now, :now, 0, 0
FROM application, generate_series(1, 20) LIMIT :count
"""


@pytest.fixture
async def country(client: object, database: Database, clock: ManualClock) -> Database:
    """20,000 letters that were sent, and a few of one centre that wait."""
    await add_cases(database, Workload("77.001", "certified", 1000))
    now = clock.now() - timedelta(days=1)
    async with database.transaction() as session:
        await people.execute_statement(session, "SET LOCAL statement_timeout = 0")
        for channel, state, centre, count in (
            *((channel, "delivered", "77.001", SENT_COUNT // 2) for channel in ("email", "post")),
            *((channel, "planned", tokens.CENTRE, OWN_COUNT) for channel in ("email", "post")),
            ("post", "planned", "77.002", 500),
            ("email", "bounced", "77.001", 500),
        ):
            await people.execute_statement(
                session,
                INSERT_LETTERS,
                channel=channel,
                state=state,
                centre=centre,
                count=count,
                now=now,
            )
        await people.execute_statement(
            session, "UPDATE certificate SET ends_on = date '2027-01-01'"
        )
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
            text("VACUUM ANALYZE")
        )
    return database


async def _list_excesses(database: Database, statements: list[tuple[str, Any]]) -> list[str]:
    """The parts of the plans that walk a large table, or read many rows."""
    excesses = []
    async with database.engine.connect() as connection:
        for statement, parameters in statements:
            result = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
            )
            plans = [result.scalar_one()[0]["Plan"]]
            while plans:
                node = plans.pop()
                plans += node.get("Plans", [])
                rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                is_whole = node["Node Type"] == "Seq Scan" and (
                    node["Relation Name"] in LARGE_TABLES
                )
                if is_whole or rows * node["Actual Loops"] > MOST_ROWS:
                    excesses.append(f"{node['Node Type']} {rows}: {statement[:60]}")
        await connection.rollback()
    return excesses


async def test_a_queue_costs_its_own_rows(country: Database) -> None:
    async with country.read_only_transaction() as session:
        with recording_statements(country, "SELECT") as statements:
            counts = await count_queue(session, tokens.CENTRE)
            rows = await list_queue(session, tokens.CENTRE, HandTab.PRINT, 0, 50)
    assert (counts[HandTab.PRINT], len(rows)) == (OWN_COUNT, OWN_COUNT)
    assert await _list_excesses(country, statements) == []


async def test_a_digest_costs_what_it_tells(country: Database, clock: ManualClock) -> None:
    now = clock.now()
    async with country.read_only_transaction() as session:
        with recording_statements(country, "SELECT") as statements:
            digest = await read_centre_digest(session, tokens.CENTRE, None, now, now.date())
            council = await read_council_digest(session, tokens.COUNCIL, now.date())
    assert digest.queue[HandTab.PRINT] == OWN_COUNT
    assert council.is_empty
    assert await _list_excesses(country, statements) == []


async def test_a_round_costs_what_is_due(
    country: Database, clock: ManualClock, settings: ApplicationsSettings
) -> None:
    with recording_statements(country, "SELECT") as statements:
        async with country.transaction() as session:
            context = command_context(session, clock.now(), settings, "letters")
            assert await decide_waiting(context, 100) == 0
            assert await claim_letter(context) is not None
            assert await claim_digest(context) is None
    assert await _list_excesses(country, statements) == []
