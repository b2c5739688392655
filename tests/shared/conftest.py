"""A service of the tests' own, to try the request path without any domain."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import Field, SecretStr
from sqlalchemy import text

from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.errors import RuleViolation
from shared.idempotency import create_once
from shared.schemas import RequestBody
from shared.web.app import create_app
from shared.web.dependencies import (
    ExpectedVersion,
    IdempotencyKey,
    ReadOnlyTransaction,
    Transaction,
)
from shared.web.guards import PUBLIC
from shared.web.resources import Resources
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving

router = APIRouter(prefix="/notes", dependencies=[Depends(PUBLIC)])


class Note(RequestBody):
    """A note to keep."""

    words: str = Field(max_length=100)
    tags: list[str] = Field(default_factory=list)


@router.post("", status_code=201)
async def keep(
    body: Note, session: Transaction, response: Response, key: IdempotencyKey = None
) -> dict[str, UUID]:
    """Keeps a note."""

    async def create() -> UUID:
        note_id = uuid4()
        insert = text("INSERT INTO note VALUES (:id, :words)")
        await execute(session, insert, {"id": note_id, "words": body.words})
        if body.words == "refuse":
            raise RuleViolation("notes.refused", "This note is refused.", field="/words")
        if body.words == "break":
            raise ZeroDivisionError(body.words)
        return note_id

    note_id = await create_once(session, "keep_note", key, body.model_dump_json().encode(), create)
    response.headers["Location"] = f"/notes/{note_id}"
    return {"id": note_id}


@router.post("/reading")
async def write_while_reading(session: ReadOnlyTransaction) -> None:
    """Tries to write in a session that cannot."""
    await execute(session, text("INSERT INTO note VALUES (gen_random_uuid(), 'x')"))


@router.post("/version")
async def version(expected_version: ExpectedVersion) -> list[int] | None:
    """What If-Match and If-None-Match said."""
    if expected_version is None or isinstance(expected_version, int):
        return None
    return sorted(expected_version)


@router.post("/upload")
async def upload(request: Request) -> int:
    """Counts the bytes of a body."""
    return len(await request.body())


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), request_body_limit_bytes=4096)


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CatalogSettings]:
    """Settings that name a fresh, migrated database."""
    async with databases.fresh(_settings) as settings:
        yield settings


@pytest.fixture
async def database(settings: CatalogSettings) -> AsyncIterator[Database]:
    """The service's database. Its table refuses the words `late` only when the commit comes."""
    database = Database.connect(settings)
    async with database.transaction() as session:
        for statement in (
            "CREATE TABLE note (id uuid PRIMARY KEY, words text NOT NULL)",
            """CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.words = 'late' THEN RAISE 'late' USING ERRCODE = '40001'; END IF;
            RETURN NULL; END $$""",
            """CREATE CONSTRAINT TRIGGER late AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse_late()""",
        ):
            await execute(session, text(statement))
    yield database
    await database.close()


@pytest.fixture
def app(settings: CatalogSettings, database: Database, clock: ManualClock) -> FastAPI:
    """The service."""
    return create_app(Resources.open(settings, clock), [router], summary="Notes")


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP."""
    async with serving(app) as client:
        yield client
