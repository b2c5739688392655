"""The case with which the work of a tab goes on after an act."""

from datetime import date
from uuid import UUID

import httpx
import pytest

from services.applications.application.status import Status
from services.applications.desk.queries import NextCase, find_next_case
from services.applications.desk.tabs import TABS, list_next_tabs, list_tabs
from shared.db import Database
from shared.principal import Principal, Scope
from tests import tokens
from tests.applications import people
from tests.clock import ManualClock

TODAY = date(2026, 3, 2)
TESTER = Principal("tester", frozenset({Scope.PROCESS}), centre=tokens.CENTRE)
NEWCOMER = Principal("newcomer", frozenset({Scope.PROCESS}), centre=tokens.CENTRE)
SECRETARY = Principal("secretary", frozenset({Scope.DECIDE}), council=tokens.COUNCIL)


async def find_next(
    database: Database, principal: Principal, status: Status, case_id: str
) -> NextCase | None:
    """The next case after this one, which had this status."""
    async with database.read_only_transaction() as session:
        return await find_next_case(session, principal, TODAY, status, UUID(case_id))


async def test_one_s_own_reviews_come_first_then_those_that_nobody_has(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    reviewed_id = await people.begin_review(client)
    await people.begin_review(client)
    clock.advance(hours=1)
    submitted_id = await people.submit_application(client)
    own = await find_next(database, TESTER, Status.UNDER_REVIEW, reviewed_id)
    assert own is not None
    assert (own.number, own.tab, own.family_name) == ("26-000002", "mine", "Петрова-Водкина")
    for status in (Status.SUBMITTED, Status.UNDER_REVIEW):
        after = await find_next(database, NEWCOMER, status, reviewed_id)
        expected_number = "26-000003" if status is Status.SUBMITTED else None
        assert (after and after.number) == expected_number
    assert await find_next(database, NEWCOMER, Status.SUBMITTED, submitted_id) is None


async def test_a_protocol_leads_to_the_next_examination_a_decision_to_the_next_decision(
    client: httpx.AsyncClient, database: Database
) -> None:
    examined_id = await people.schedule_examination(client)
    await people.schedule_examination(client)
    decided_id = await people.send_to_council(client)
    await people.send_to_council(client)
    examination = await find_next(database, TESTER, Status.SCHEDULED, examined_id)
    assert examination is not None
    assert (examination.number, examination.tab) == ("26-000002", "examinations")
    decision = await find_next(database, SECRETARY, Status.WITH_COUNCIL, decided_id)
    assert decision is not None
    assert (decision.number, decision.tab) == ("26-000004", "decisions")
    stranger = Principal("stranger", frozenset({Scope.PROCESS}), centre="99.001")
    assert await find_next(database, stranger, Status.SCHEDULED, examined_id) is None


@pytest.mark.parametrize("status", Status)
def test_the_next_tab_has_the_status(status: Status) -> None:
    universal = Principal("x", frozenset(Scope), centre="1", council="2")
    assert list_tabs(universal) == list(TABS)
    for tab in list_next_tabs(TABS, status):
        assert status in tab.statuses


def test_every_status_but_a_draft_has_a_tab_of_each_hat() -> None:
    for scope in (Scope.PROCESS, Scope.DECIDE, Scope.OPERATE):
        statuses = {status for tab in TABS if tab.scope is scope for status in tab.statuses}
        assert statuses == set(Status) - {Status.DRAFT}
