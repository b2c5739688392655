"""The habits of HTTP, a line each: what is asked, and what every route answers of itself.

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
from tests.shared.habits_service import create_habits_service, made_lines

JSON = {"Content-Type": "application/json"}
NOTE = '{"words": "a note"}'
NDJSON = "application/x-ndjson"

HABITS: list[tuple[str, str, dict[str, str], str | None, int, dict[str, str | None]]] = [
    # HEAD is answered wherever GET is, with the same headers; OPTIONS and 405 name all methods.
    ("HEAD", "/v1/notes/1", {}, None, 200, {"ETag": '"3.', "Content-Type": "application/json"}),
    ("HEAD", "/v1/notes/99", {}, None, 404, {"Content-Type": "application/problem+json"}),
    ("OPTIONS", "/v1/notes", {}, None, 204, {"Allow": "GET, HEAD, OPTIONS, POST"}),
    ("OPTIONS", "/v1/notes/1", {}, None, 204, {"Allow": "GET, HEAD, OPTIONS, PUT"}),
    ("DELETE", "/v1/notes", {}, None, 405, {"Allow": "GET, HEAD, OPTIONS, POST"}),
    ("BREW", "/v1/notes/1", {}, None, 405, {"Allow": "GET, HEAD, OPTIONS, PUT"}),
    # Without a setting nothing is shared with other origins.
    ("GET", "/v1/notes/1", {"Origin": "https://e.example"}, None, 200, {"Access-Control-": None}),
    # Media types: the body's, and the answer's.
    ("POST", "/v1/notes", JSON, NOTE, 201, {"Location": "/v1/notes/"}),
    ("POST", "/v1/notes", {"Content-Type": "application/vnd.x+json; charset=UTF-8"}, NOTE, 201, {}),
    (
        "POST",
        "/v1/notes",
        {"Content-Type": "text/plain"},
        NOTE,
        415,
        {"Accept": "application/json"},
    ),
    ("POST", "/v1/notes", {"Content-Type": "json"}, NOTE, 415, {"Accept": "application/json"}),
    ("POST", "/v1/notes", {"Content-Type": "application/json; charset=utf-16"}, NOTE, 415, {}),
    ("POST", "/v1/notes", {}, NOTE, 415, {"Accept": "application/json"}),
    (
        "POST",
        "/v1/notes",
        {**JSON, "Content-Encoding": "gzip"},
        NOTE,
        415,
        {"Accept-Encoding": "i"},
    ),
    ("GET", "/v1/notes/1", {"Accept": "text/html, text/csv"}, None, 406, {}),
    ("GET", "/v1/notes/1", {"Accept": "application/json;q=0, */*"}, None, 406, {}),
    ("GET", "/v1/notes/1", {"Accept": "text/html, application/*;q=0.1"}, None, 200, {}),
    ("GET", "/v1/notes/1", {"Accept": "nonsense"}, None, 200, {}),
    ("GET", "/v1/lines", {"Accept": "application/json"}, None, 406, {}),
    # Conditions of writes.
    ("PUT", "/v1/notes/1", {**JSON, "If-Match": '"2.a", "3.b"'}, NOTE, 200, {}),
    ("PUT", "/v1/notes/1", {**JSON, "If-Match": "*"}, NOTE, 200, {}),
    ("PUT", "/v1/notes/1", {**JSON, "If-Match": '"3.gzip"'}, NOTE, 200, {}),
    ("PUT", "/v1/notes/1", {**JSON, "If-Match": 'W/"3"'}, NOTE, 412, {}),
    ("PUT", "/v1/notes/1", {**JSON, "If-Match": '"1", "2"'}, NOTE, 412, {}),
    ("PUT", "/v1/notes/1", {**JSON, "If-None-Match": "*"}, NOTE, 412, {}),
    ("PUT", "/v1/notes/99", {**JSON, "If-None-Match": "*"}, NOTE, 200, {}),
    ("PUT", "/v1/notes/1", {**JSON, "If-Match": "3"}, NOTE, 422, {}),
    # Tags of lists, and the next page.
    ("GET", "/v1/notes", {}, None, 200, {"ETag": '"', "Cache-Control": "private, no-cache"}),
    ("GET", "/v1/notes?limit=2", {}, None, 200, {"Link": "</v1/notes?limit=2&cursor="}),
    ("GET", "/v1/notes?limit=90", {}, None, 200, {"Link": None}),
    ("GET", "/v1/notes", {"If-None-Match": "*"}, None, 304, {"ETag": '"', "Content-Type": None}),
    # What a token lacks.
    (
        "GET",
        "/v1/notes/1/words",
        {"Authorization": ""},
        None,
        401,
        {"WWW-Authenticate": "Bearer r"},
    ),
    (
        *("GET", "/v1/notes/1/words", {"Authorization": "Bearer x"}, None, 401),
        {"WWW-Authenticate": 'Bearer realm="attesta", error="invalid_token", error_description="T'},
    ),
    (
        *("GET", "/v1/notes/1/words", tokens.bearer(), None, 403),
        {
            "WWW-Authenticate": 'Bearer realm="attesta", error="insufficient_scope", '
            'error_description="This asks for the scope applications:process or operations, which '
            'the token lacks.", scope="applications:process operations"'
        },
    ),
    # What nobody reads is refused.
    ("GET", "/v1/notes?limits=2", {}, None, 422, {}),
    ("PUT", "/v1/notes/1", {**JSON, "Idempotency-Key": "key-00001"}, NOTE, 422, {}),
    # The end of a route, told in time.
    (
        *("GET", "/v1/old", {}, None, 200),
        {
            "Deprecation": "@1767225600",
            "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT",
            "Link": '</v1/notes>; rel="successor-version"',
        },
    ),
    # Problems speak the language that is asked for.
    ("GET", "/v1/notes/99", {}, None, 404, {"Content-Language": "en"}),
    ("GET", "/v1/notes/99", {"Accept-Language": "ru"}, None, 404, {"Content-Language": "ru"}),
    ("GET", "/v1/notes/99", {"Accept-Language": "fr"}, None, 404, {"Content-Language": "en"}),
]


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


async def test_every_habit_of_the_table_is_kept(client: httpx.AsyncClient) -> None:
    faults = []
    for method, path, headers, content, status, expected_headers in HABITS:
        answer = await client.request(method, path, headers=headers, content=content)
        habit = f"{method} {path} {headers}"
        if answer.status_code != status:
            faults.append(f"{habit}: {answer.status_code} {answer.text}")
        for name, beginning in expected_headers.items():
            values = [
                value for key, value in answer.headers.items() if key.startswith(name.lower())
            ]
            if beginning is None and values:
                faults.append(f"{habit}: {name} is there: {values}")
            if beginning is not None and not any(value.startswith(beginning) for value in values):
                faults.append(f"{habit}: {name} is {values}")
        if status >= 400 and method != "HEAD":
            document = answer.json()
            assert_problem(answer, status, document["rule"])
            assert document["type"].endswith(f"/problems/{document['rule']}")
    assert faults == []


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


async def test_the_words_are_of_the_language_and_name_no_library(client: httpx.AsyncClient) -> None:
    headers = {**JSON, "Accept-Language": "ru, en;q=0.5"}
    answer = await client.post("/v1/notes", content='{"words": "a", "more": 1}', headers=headers)
    document = assert_problem(answer, 422, "text.too_short", "/words")
    assert [error["rule"] for error in document["errors"]] == ["text.too_short", "value.unknown"]
    assert document["title"] == "Запрос не принят"
    assert document["errors"][0]["detail"].endswith("не меньше 3.")
    english = await client.post("/v1/notes", content='{"words": "a"}', headers=JSON)
    assert english.json()["errors"][0]["detail"].endswith("characters: 3.")


async def test_other_origins_call_the_api_where_the_settings_say_so(
    settings: CatalogSettings, clock: ManualClock
) -> None:
    open_settings = settings.model_copy(update={"cors_origins": "https://portal.example"})
    preflight = {
        "Origin": "https://portal.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, if-match, idempotency-key",
    }
    async with serving(create_habits_service(open_settings, clock), {}) as client:
        preflight_answer = await client.options("/v1/notes/1", headers=preflight)
        answer = await client.get("/v1/notes", headers={"Origin": "https://portal.example"})
        stranger = await client.get("/v1/notes", headers={"Origin": "https://e.example"})
    assert preflight_answer.status_code == 200
    assert preflight_answer.headers["Access-Control-Allow-Origin"] == "https://portal.example"
    assert "Access-Control-Allow-Credentials" not in preflight_answer.headers
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in stranger.headers


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
