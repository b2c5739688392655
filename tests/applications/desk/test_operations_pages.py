"""Operations of applications: who saw what an event says stands with the application it names."""

import json
from uuid import uuid4

import httpx
import pytest

from shared.db import Database
from shared.messaging.dead_letters import store_dead_letter
from shared.messaging.envelope import Record
from shared.principal import Scope
from tests import tokens
from tests.applications import people

OPERATOR = {"Authorization": "", **tokens.browser(Scope.OPERATE, subject="operations")}
PATH = "/ru/operations/applications"


async def _store_letter(database: Database, payload: bytes) -> int:
    """Stores a dead letter with this payload; its id."""
    record = Record("certificates.certificate", 0, 0, "key", {}, payload)
    await store_dead_letter(database, record, "unreadable", "not a CloudEvent", 1)
    (row,) = await people.fetch_rows(database, "SELECT max(id) AS id FROM dead_letter")
    letter_id: int = row.id
    return letter_id


async def _show_payload(client: httpx.AsyncClient, letter_id: int) -> str:
    path = f"{PATH}/dead-letters/{letter_id}/payload"
    response = await client.post(path, headers=OPERATOR)
    assert response.status_code == 200
    return response.text


async def test_the_applicant_is_told_that_operations_saw_an_event_about_them(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.submit_application(client)
    payload = json.dumps({"application_id": application_id, "number": "7"}).encode()
    letter_id = await _store_letter(database, payload)
    assert application_id in await _show_payload(client, letter_id)
    answer = await client.get(f"/v1/applications/{application_id}/personal-data")
    disclosures = [
        (row["subject"], row["scope"], row["resource"]) for row in answer.json()["disclosures"]
    ]
    assert ("operations", Scope.OPERATE, f"dead letter {letter_id}") in disclosures


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({"application_id": str(uuid4())}).encode(),
        b'{"application_id": 7}',
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b"",
    ],
    ids=["unknown", "no id", "no object", "no text", "too deep", "nothing"],
)
async def test_what_names_no_application_is_recorded_without(
    client: httpx.AsyncClient, database: Database, payload: bytes
) -> None:
    await _show_payload(client, await _store_letter(database, payload))
    (row,) = await people.fetch_rows(database, "SELECT application_id, subject FROM disclosure")
    assert (row.application_id, row.subject) == (None, "operations")


@pytest.mark.parametrize("path", ["", "/set-aside", "/dead-letters"])
async def test_the_pages_are_for_operations_alone(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"{PATH}{path}", headers=OPERATOR)).status_code == 200
    clerk = tokens.browser(*(set(Scope) - {Scope.OPERATE}), subject="clerk")
    response = await client.get(f"{PATH}{path}", headers={"Authorization": "", **clerk})
    assert response.status_code == 403
