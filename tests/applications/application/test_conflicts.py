"""Two who act at once: one wins, the other is told clearly; two hundred times in a row."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.db import Database
from tests.applications import people
from tests.problems import assert_problem

ROUNDS = 200
Pair = tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]

CONFLICTS: dict[str, tuple[Callable[[httpx.AsyncClient], Awaitable[str]], Pair]] = {
    "two reviewers": (
        people.submit_application,
        (("begin-review", {"reviewer": "А."}), ("begin-review", {"reviewer": "Б."})),
    ),
    "admit against withdraw": (people.begin_review, (("review", people.ADMIT), ("withdraw", {}))),
    "certify against refuse": (
        people.send_to_council,
        (
            ("decide", people.decision()),
            ("decide", people.decision(outcome="refuse")),
        ),
    ),
}
MUST_SAY = {"admit against withdraw"}
"""A candidate may withdraw after admission, too: only If-Match tells that it was not meant."""


@pytest.mark.parametrize("name", CONFLICTS)
async def test_conflicting_commands_have_one_winner_and_one_clear_conflict(
    client: httpx.AsyncClient, database: Database, name: str
) -> None:
    prepare, (first, second) = CONFLICTS[name]
    application_id = await prepare(client)
    await _template(database, application_id)
    tag = (await client.get(f"/v1/applications/{application_id}")).headers["ETag"]
    winners = set()
    for round_ in range(ROUNDS):
        order = (first, second) if round_ % 2 else (second, first)
        # Every other round both say which version they decided on.
        headers = {"If-Match": tag} if round_ % 4 < 2 or name in MUST_SAY else {}
        answers = await asyncio.gather(
            *(
                client.post(
                    f"/v1/applications/{application_id}/{command}", json=body, headers=headers
                )
                for command, body in order
            )
        )
        refusal = 412 if headers else 409
        assert sorted(answer.status_code for answer in answers) == [200, refusal], round_
        (lost,) = [answer for answer in answers if answer.status_code == refusal]
        rule = "resource.changed" if headers else "lifecycle.transition"
        assert_problem(lost, refusal, rule)
        (won,) = [answer.json() for answer in answers if answer.status_code == 200]
        application = (await client.get(f"/v1/applications/{application_id}")).json()
        assert application == won
        winners.add(won["status"])
        await _again(database, application_id)
    assert winners, "somebody must have won"


async def _template(database: Database, application_id: str) -> None:
    """Remembers how the application stood before the conflict."""
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "CREATE TABLE before AS SELECT status, revision, closed_on, kept_until, reviewer, "
            "admitted_on, (SELECT max(id) FROM history) AS told, "
            "(SELECT max(id) FROM time_limit) AS limits "
            "FROM application WHERE id = :id",
            id=application_id,
        )


async def _again(database: Database, application_id: str) -> None:
    """Puts it back there: the same conflict once more."""
    async with database.transaction() as session:
        for statement in BACK.split(";"):
            await people.execute_statement(session, statement, id=application_id)


BACK = """
UPDATE application SET (status, revision, closed_on, kept_until, reviewer, admitted_on) =
    (SELECT status, revision, closed_on, kept_until, reviewer, admitted_on FROM before)
    WHERE id = :id;
DELETE FROM history WHERE application_id = :id AND id > (SELECT told FROM before);
DELETE FROM review WHERE application_id = :id;
DELETE FROM decision WHERE application_id = :id;
DELETE FROM time_limit WHERE application_id = :id AND id > (SELECT limits FROM before);
UPDATE time_limit SET ended_on = NULL, cancelled = false, next_report_on = at_risk_on
    WHERE application_id = :id AND name IN ('decision', 'review')
"""
