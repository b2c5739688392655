"""The habits of HTTP: what the table of `habits` asks, and what every route answers of itself.

The routes of `habits_service` say nothing of them; a route of any service has them in the same way.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import brotli
import httpx
import pytest
import zstandard
from fastapi import FastAPI
from sqlalchemy import text

from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving
from tests.shared.habits import HABITS, JSON, NOTE, PORTAL, Habit, Point
from tests.shared.habits_service import create_habits_service, made_lines


@pytest.fixture
def app(settings: CatalogSettings, database: Database, clock: ManualClock) -> FastAPI:
    """The service; its database has the table of notes."""
    del database
    return create_habits_service(settings, clock)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP."""
    headers = {**tokens.all_roles_headers(), "Accept-Encoding": "identity"}
    async with serving(app, headers) as client:
        yield client


async def _send(client: httpx.AsyncClient, habit: Habit, headers: dict[str, str]) -> httpx.Response:
    """The last answer, and over the wire no longer than its habit says."""
    first_location = ""
    for _ in range(habit.times):
        async with client.stream(
            habit.method, habit.path, headers=headers, content=habit.content
        ) as answer:
            raw_body = b"".join([chunk async for chunk in answer.aiter_raw()])
        first_location = first_location or answer.headers.get("Location", "")
    if habit.times > 1 and habit.status == 201:
        assert answer.headers["Location"] == first_location
    if habit.body_bytes is not None:
        assert len(raw_body) <= habit.body_bytes, habit
    return httpx.Response(answer.status_code, headers=answer.headers, content=raw_body)


async def _fill_headers(client: httpx.AsyncClient, habit: Habit) -> dict[str, str]:
    """The headers of the request, with tag and token."""
    coding = {name: text for name, text in habit.headers.items() if name == "Accept-Encoding"}
    plain_answer = await client.get(habit.path, headers=coding) if _names_tag(habit) else None
    values = {
        "{tag}": plain_answer.headers["ETag"] if plain_answer else "",
        "{token}": tokens.bearer()["Authorization"],
        "{other token}": tokens.bearer(Scope.PROCESS, subject="boris")["Authorization"],
    }
    headers = dict(habit.headers)
    for placeholder, value in values.items():
        headers = {name: text.replace(placeholder, value) for name, text in headers.items()}
    return headers


def _names_tag(habit: Habit) -> bool:
    return any("{tag}" in text for text in habit.headers.values())


def _list_faults(habit: Habit, answer: httpx.Response) -> list[str]:
    """What the answer says otherwise than the table."""
    faults = []
    if answer.status_code != habit.status:
        faults.append(f"{habit}: {answer.status_code} {answer.text}")
    for name, beginning in habit.answer.items():
        value = answer.headers.get(name)
        expected_beginning = (beginning or "").replace("{first}", "/v1/notes/")
        if (value is None) is not (beginning is None) or not (value or "").startswith(
            expected_beginning
        ):
            faults.append(f"{habit}: {name} is {value}")
    return faults


@pytest.mark.parametrize("point", Point)
async def test_every_habit_of_the_table_is_kept(
    settings: CatalogSettings, database: Database, clock: ManualClock, point: Point
) -> None:
    del database
    origins = settings.model_copy(update={"cors_origins": "https://portal.example"})
    headers = {**tokens.all_roles_headers(), "Accept-Encoding": "identity"}
    habits = [habit for habit in HABITS if habit.point is point]
    assert habits, "a point without a request and an answer"
    faults = []
    async with serving(create_habits_service(origins, clock), headers) as client:
        for habit in habits:
            answer = await _send(client, habit, await _fill_headers(client, habit))
            faults += _list_faults(habit, answer)
            if habit.status > 400 and habit.method != "HEAD":
                document = answer.json()
                assert_problem(answer, habit.status, document["rule"])
                assert document["type"].endswith(f"/problems/{document['rule']}")
    assert faults == []


async def test_without_a_setting_nothing_is_shared_with_other_origins(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v1/notes/1", headers=PORTAL)
    assert [name for name in answer.headers if name.startswith("access-control-")] == []


async def test_head_has_the_headers_of_get_and_no_body(client: httpx.AsyncClient) -> None:
    whole_answer, head = await client.get("/v1/notes"), await client.head("/v1/notes")
    assert head.content == b""
    for name in ("ETag", "Content-Length", "Content-Type", "Link", "Cache-Control"):
        assert head.headers[name] == whole_answer.headers[name]


async def test_head_of_a_stream_breaks_it_off(client: httpx.AsyncClient) -> None:
    made_lines.clear()
    answer = await client.head("/v1/lines")
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(made_lines) < 50


async def test_an_unchanged_page_is_not_sent_again_whatever_its_coding(
    client: httpx.AsyncClient,
) -> None:
    for coding in ("identity", "gzip", "br", "zstd"):
        wish = {"Accept-Encoding": coding}
        tag = (await client.get("/v1/notes", headers=wish)).headers["ETag"]
        assert tag.endswith(f'.{coding}"') is (coding != "identity")
        for condition in (tag, f'"other", W/{tag}', "*"):
            again = await client.get("/v1/notes", headers={**wish, "If-None-Match": condition})
            assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"].rstrip('"') in tag
    strange = await client.get("/v1/notes", headers={"If-None-Match": '"other"'})
    assert strange.status_code == 200


def _decompress_zstd(content: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(content)


@pytest.mark.parametrize(
    ("codings", "coding", "decompress"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br, gzip", "br", brotli.decompress),
        ("gzip, br, zstd", "zstd", _decompress_zstd),
    ],
)
async def test_answers_of_the_api_are_compressed(
    client: httpx.AsyncClient, codings: str, coding: str, decompress: Any
) -> None:
    for path in ("/v1/notes", "/v1/lines"):
        plain = await client.get(path)
        async with client.stream("GET", path, headers={"Accept-Encoding": codings}) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert answer.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert decompress(raw) == plain.content
        assert len(raw) < len(plain.content) / 4


async def test_a_secret_is_never_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/secret?echo=abc", headers={"Accept-Encoding": "gzip, br, zstd"})
    assert "Content-Encoding" not in answer.headers
    assert "ETag" not in answer.headers


async def test_pages_follow_the_link(client: httpx.AsyncClient) -> None:
    path, items = "/v1/notes?limit=40", []
    while path:
        answer = await client.get(path)
        items += answer.json()["items"]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
    assert len(items) == 90


async def test_a_limit_is_told_and_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await client.get("/v1/rationed?client=a")
    assert answer.headers["RateLimit-Policy"] == '"questions";q=2;w=60'
    assert answer.headers["RateLimit"].startswith('"questions";r=0;t=')
    refusal = await client.get("/v1/rationed?client=a")
    assert_problem(refusal, 429, "limit.questions")
    assert 0 < int(refusal.headers["Retry-After"]) <= 60


async def test_an_unknown_parameter_is_named(client: httpx.AsyncClient) -> None:
    path = "/v1/notes?limits=2&as_of=2020-01-01&limit=1&a%2Fb=&a%2Fb="
    document = assert_problem(await client.get(path), 422, "request.unknown_parameter")
    pointers = [error["pointer"] for error in document["errors"]]
    assert pointers == ["#query/limits", "#query/as_of", "#query/a~1b"]


async def test_a_parameter_stands_once(client: httpx.AsyncClient) -> None:
    document = assert_problem(
        await client.get("/v1/notes?limit=2&limit=3"), 422, "request.repeated_parameter"
    )
    assert [error["pointer"] for error in document["errors"]] == ["#query/limit"]


async def test_the_words_are_of_the_language_and_name_no_library(client: httpx.AsyncClient) -> None:
    headers = {**JSON, "Accept-Language": "ru, en;q=0.5"}
    answer = await client.post("/v1/notes", content='{"words": "a", "more": 1}', headers=headers)
    document = assert_problem(answer, 422, "text.too_short", "/words")
    assert [error["rule"] for error in document["errors"]] == ["text.too_short", "value.unknown"]
    assert document["title"] == "Запрос не принят"
    assert document["errors"][0]["detail"].endswith("не меньше 3.")
    english = await client.post("/v1/notes", content='{"words": "a"}', headers=JSON)
    assert english.json()["errors"][0]["detail"].endswith("characters: 3.")


async def _count_notes(database: Database) -> int:
    async with database.transaction() as session:
        return int((await execute(session, text("SELECT count(*) FROM note"))).scalar_one())


async def test_one_key_makes_one_thing_and_gets_one_answer(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {**JSON, "Idempotency-Key": "key-00001"}
    answers = await asyncio.gather(
        *(client.post("/v1/notes", content=NOTE, headers=headers) for _ in range(8))
    )
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert await _count_notes(database) == 1
    second_note = await client.post("/v1/notes", content='{"words": "other"}', headers=headers)
    assert_problem(second_note, 422, "idempotency.key_reused", "#header/Idempotency-Key")


async def test_a_key_is_its_callers_own(client: httpx.AsyncClient, database: Database) -> None:
    for subject in ("anna", "boris"):
        token = tokens.bearer(Scope.PROCESS, subject=subject)
        headers = {**JSON, **token, "Idempotency-Key": "key-00001"}
        assert (await client.post("/v1/notes", content=NOTE, headers=headers)).status_code == 201
    assert await _count_notes(database) == 2


async def test_who_has_lost_a_scope_gets_no_kept_answer(client: httpx.AsyncClient) -> None:
    headers = {**JSON, "Idempotency-Key": "key-00001"}
    anna = tokens.bearer(Scope.PROCESS, subject="anna")
    answer = await client.post("/v1/notes", content=NOTE, headers={**headers, **anna})
    assert answer.status_code == 201
    without_scope = {**headers, **tokens.bearer(Scope.DECIDE, subject="anna")}
    for content in (NOTE, '{"words": "other"}'):
        refusal = await client.post("/v1/notes", content=content, headers=without_scope)
        assert_problem(refusal, 403, "auth.scope")


async def test_a_kept_answer_is_read_by_nobody_without_the_key(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {**JSON, "Idempotency-Key": "key-00001"}
    note_id = (await client.post("/v1/notes", content=NOTE, headers=headers)).json()["id"]
    async with database.transaction() as session:
        row = (await execute(session, text("SELECT * FROM idempotency_key"))).one()
    assert row.sealed_answer
    assert note_id not in str(tuple(row))
    assert "key-00001" not in str(tuple(row)), "what opens the answer"


async def test_what_was_refused_is_tried_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {**JSON, "Idempotency-Key": "key-00001"}
    assert (await client.post("/v1/notes", content="{}", headers=headers)).status_code == 422
    assert (await client.post("/v1/notes", content=NOTE, headers=headers)).status_code == 201
    assert await _count_notes(database) == 1
