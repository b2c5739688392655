"""The request path: committed before the answer, or a problem and nothing written."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.idempotency import delete_expired_keys
from tests.problems import assert_problem


async def _notes(database: Database) -> list[str]:
    async with database.read_only_transaction() as session:
        return [row.words for row in await execute(session, text("SELECT words FROM note"))]


async def test_a_commit_that_fails_is_never_answered_with_success(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert_problem(await client.post("/notes", json={"words": "late"}), 503, "service.unavailable")
    assert await _notes(database) == []


async def test_a_refusal_names_the_field_and_writes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    answer = await client.post("/notes", json={"words": "refuse"})
    assert_problem(answer, 422, "notes.refused", "/words")
    assert await _notes(database) == []


async def test_a_defect_says_no_more_than_that_it_happened(
    client: httpx.AsyncClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post("/notes", json={"words": "break"})
    document = assert_problem(answer, 500, "service.defect")
    assert "ZeroDivision" not in json.dumps(document)
    assert await _notes(database) == []


async def test_reads_cannot_write(client: httpx.AsyncClient, database: Database) -> None:
    assert (await client.post("/notes/reading")).status_code == 500
    assert await _notes(database) == []


@pytest.mark.parametrize(
    ("body", "status", "rule", "pointer"),
    [
        ('{"words": "a\\u0000b"}', 422, "text.nul", "/words"),
        ('{"words": "a", "tags": ["b\\u0000"]}', 422, "text.nul", "/tags"),
        ('{"words": "\\ud800"}', 422, "text.encoding", "/words"),
        ('{"words": 7}', 422, "value.type", "/words"),
        ('{"words": "a", "more": 1}', 422, "value.unknown", "/more"),
        ("{}", 422, "value.required", "/words"),
        ("[]", 422, "value.type", "/"),
        ("", 422, "value.required", "/"),
        ('{"words": ', 422, "json.syntax", None),
        ('{"words": "a", "words": "b"}', 422, "json.repeated_member", "/"),
        ('{"words": "a", "w\\u006frds": "b"}', 422, "json.repeated_member", "/"),
        ('{"words": "a", "tags": [{"b": 1, "b": 1}]}', 422, "json.repeated_member", "/"),
        ("[" * 4000, 400, "request.unreadable", None),
        ('{"words": ' + "9" * 4001 + "}", 422, "value.type", "/words"),
    ],
)
async def test_bad_bodies_are_problems_that_name_the_field(
    client: httpx.AsyncClient,
    database: Database,
    body: str,
    status: int,
    rule: str,
    pointer: str | None,
) -> None:
    answer = await client.post("/notes", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, status, rule, pointer)
    assert await _notes(database) == []


async def test_too_large_bodies_are_refused_declared_or_not(client: httpx.AsyncClient) -> None:
    declared_answer = await client.post("/notes", json={"words": "x" * 10_000_000})
    assert_problem(declared_answer, 413, "request.too_large")

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"words": "'
        for _ in range(100):
            yield b"x" * 1000
        yield b'"}'

    undeclared_answer = await client.post(
        "/notes", content=pieces(), headers={"Content-Type": "application/json"}
    )
    assert_problem(undeclared_answer, 413, "request.too_large")
    form = await client.post("/notes/upload", files={"file": b"x" * 10})
    assert_problem(form, 413, "request.too_large")


async def test_nul_in_the_address_is_a_problem(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/v1/notes%00"), 400, "request.nul")
    assert_problem(await client.get("/notes?text=a%00"), 400, "request.nul")


async def test_unknown_paths_and_methods_are_problems(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404, "http.not_found")
    answer = await client.delete("/notes")
    assert_problem(answer, 405, "http.method_not_allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST"


async def test_the_same_key_and_body_make_one_thing_however_often_at_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "retry-0001"}
    answers = await asyncio.gather(
        *(client.post("/notes", json={"words": "a"}, headers=headers) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await _notes(database) == ["a"]


async def test_the_same_key_with_another_body_is_a_problem(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "retry-0002"}
    await client.post("/notes", json={"words": "a"}, headers=headers)
    answer = await client.post("/notes", json={"words": "b"}, headers=headers)
    assert_problem(answer, 422, "idempotency.key_reused", "#header/Idempotency-Key")
    assert await _notes(database) == ["a"]


async def test_a_refused_request_does_not_use_its_key_up(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "retry-0003"}
    await client.post("/notes", json={"words": "refuse"}, headers=headers)
    answer = await client.post("/notes", json={"words": "mended"}, headers=headers)
    assert answer.status_code == 201
    assert await _notes(database) == ["mended"]


async def test_keys_are_forgotten_when_the_settings_say_so(
    client: httpx.AsyncClient, database: Database, settings: CatalogSettings
) -> None:
    headers = {"Idempotency-Key": "retry-old1"}
    await client.post("/notes", json={"words": "retry-old1"}, headers=headers)
    async with database.transaction() as session:
        aged = "UPDATE idempotency_key SET created_at = now() - interval '8 days'"
        await execute(session, text(aged))
    headers = {"Idempotency-Key": "retry-new1"}
    await client.post("/notes", json={"words": "retry-new1"}, headers=headers)
    await delete_expired_keys(database, settings)
    for key in ("retry-old1", "retry-new1"):
        await client.post("/notes", json={"words": key}, headers={"Idempotency-Key": key})
    assert sorted(await _notes(database)) == ["retry-new1", "retry-old1", "retry-old1"]


@pytest.mark.parametrize("key", ["short", "with space", "x" * 201])
async def test_malformed_keys_are_problems(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/notes", json={"words": "a"}, headers={"Idempotency-Key": key})
    assert_problem(answer, 422, "request.invalid", "#header/Idempotency-Key")


@pytest.mark.parametrize(
    ("headers", "revisions"),
    [
        ({}, None),
        ({"If-Match": "*"}, None),
        ({"If-Match": '"3"'}, [3]),
        ({"If-Match": '"3.v2.draft", "5.br" , W/"7"'}, [3, 5]),
        ({"If-Match": 'W/"3"'}, []),
        ({"If-Match": '"of-another-service"'}, []),
        ({"If-None-Match": "*"}, [0]),
        ({"If-None-Match": "*", "If-Match": '"3"'}, [0]),
    ],
)
async def test_conditions_name_the_revisions_that_were_decided_on(
    client: httpx.AsyncClient, headers: dict[str, str], revisions: list[int] | None
) -> None:
    assert (await client.post("/notes/version", headers=headers)).json() == revisions


@pytest.mark.parametrize("header", ["3", '"3', '"3" "4"', '"a b"', ",,", '"' + "3" * 500 + '"'])
async def test_what_is_no_entity_tag_is_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.post("/notes/version", headers={"If-Match": header})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#header/If-Match"


async def test_answers_carry_the_callers_correlation_id_if_it_is_well_formed(
    client: httpx.AsyncClient,
) -> None:
    named_answer = await client.get("/nowhere", headers={"X-Correlation-ID": "order-66"})
    assert named_answer.headers["X-Correlation-ID"] == "order-66"
    assert named_answer.json()["instance"] == "urn:attesta:request:order-66"
    odd_answer = await client.get("/nowhere", headers={"X-Correlation-ID": "a b\tc"})
    assert odd_answer.headers["X-Correlation-ID"] != "a b\tc"
