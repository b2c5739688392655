"""A service of the tests' own whose routes know nothing of HTTP's habits, and have them all."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, Query, Response
from limits import parse
from pydantic import Field
from sqlalchemy import text

from services.catalog.settings import CatalogSettings
from shared.db import execute
from shared.errors import NotFound, check_version
from shared.locale.catalogues import read_languages
from shared.paging import Page, decode_cursor, encode_cursor
from shared.principal import Principal, Scope
from shared.schemas import RequestBody
from shared.web.app import create_app
from shared.web.conditional import etag
from shared.web.contents import LineStream
from shared.web.dependencies import (
    ExpectedVersion,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
    Transaction,
)
from shared.web.deprecation import Deprecated
from shared.web.guards import PUBLIC, Allow
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses
from shared.web.rate_limit import RateLimiter
from shared.web.resources import Resources
from tests.clock import ManualClock

WORDS = [f"word {number} of a list that is long enough to be compressed" for number in range(90)]
REVISION = 3
ENDING = Deprecated(
    since=datetime(2026, 1, 1, tzinfo=UTC),
    sunset=datetime(2027, 1, 1, tzinfo=UTC),
    successor="/v1/notes",
)

made_lines: list[int] = []
"""The lines that the endless stream has made."""

reader = APIRouter(prefix="/v1", dependencies=[Depends(PUBLIC)], route_class=OnceRoute)
WRITER_GUARD = Allow(Scope.PROCESS, Scope.OPERATE)
Writer = Annotated[Principal, Depends(WRITER_GUARD)]
writer = APIRouter(prefix="/v1", dependencies=[Depends(WRITER_GUARD)], route_class=OnceRoute)
maker = APIRouter(prefix="/v1", route_class=OnceRoute)
"""Its guard is a parameter of the route."""


class NoteRequest(RequestBody):
    """A note to keep."""

    words: str = Field(min_length=3, max_length=4000, description="what it says")


@reader.get("/notes")
async def list_notes(cursor: PageCursor = None, limit: PageLimit = 50) -> Page[str]:
    """Words in pages."""
    begin = decode_cursor(cursor, int)[0] if cursor else 0
    end = begin + limit
    return Page(items=WORDS[begin:end], next=encode_cursor(end) if end < len(WORDS) else None)


@reader.get("/notes/{number}")
async def get_note(number: int, response: Response) -> dict[str, str]:
    """One of them, with its revision."""
    if number >= len(WORDS):
        raise NotFound("page.unknown", "There is no such note.")
    response.headers["ETag"] = etag(REVISION)
    return {"words": WORDS[number] * 30}


@reader.get("/secret")
async def get_secret(response: Response, echo: str = "") -> dict[str, str]:
    """What must not be stored, beside what a stranger chose."""
    response.headers["Cache-Control"] = "no-store"
    return {"secret": "abc" * 1000, "echo": echo}


@reader.get(
    "/lines",
    response_class=LineStream,
)
async def stream_lines() -> LineStream:
    """More lines than anybody reads."""

    async def write_lines() -> AsyncIterator[bytes]:
        for number in range(2000):
            made_lines.append(number)
            yield b'{"line": %d, "words": "the same in every line"}\n' % number

    return LineStream(write_lines())


@reader.get("/old", dependencies=[Depends(ENDING)])
async def get_old() -> dict[str, str]:
    """A route that will end."""
    return {}


@reader.get("/rationed", responses=problem_responses(429))
async def get_rationed(response: Response, client: Annotated[str, Query()]) -> dict[str, str]:
    """Twice a minute."""
    headers = await RATIONS.consume_quota("questions", parse("2/minute"), client)
    response.headers.update(headers)
    return {}


RATIONS = RateLimiter("memory://")


@maker.post("/notes", status_code=201)
async def keep_note(
    body: NoteRequest, caller: Writer, session: Transaction, response: Response
) -> dict[str, UUID]:
    """Keeps a note."""
    note_id = uuid4()
    insert = text("INSERT INTO note VALUES (:id, :words)")
    await execute(session, insert, {"id": note_id, "words": body.words})
    response.headers["Location"] = f"/v1/notes/{note_id}"
    return {"id": note_id}


@writer.put("/notes/{number}")
async def change_note(
    number: int, body: NoteRequest, expected_revision: ExpectedVersion
) -> dict[str, int]:
    """Changes one that is at its third revision."""
    check_version(REVISION if number < len(WORDS) else 0, expected_revision)
    return {"number": number}


@writer.get("/notes/{number}/words")
async def read_words(number: int, session: ReadOnlyTransaction) -> dict[str, int]:
    """For whoever may."""
    del session
    return {"number": number}


def create_habits_service(settings: CatalogSettings, clock: ManualClock) -> FastAPI:
    """The service, with the words of all languages."""
    resources: Resources[CatalogSettings] = Resources.open(
        settings, clock, languages=read_languages()
    )
    return create_app(resources, [reader, writer, maker], summary="Habits")
