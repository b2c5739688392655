"""An aggregate of the tests' own, to send events about; the catalog's database carries them."""

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Database, execute
from shared.errors import RuleViolation
from shared.events import Event
from shared.messaging import outbox
from shared.messaging.envelope import Record
from tests.records import build_record, encode_headers

SETUP = "CREATE TABLE thing_log (n serial PRIMARY KEY, key text NOT NULL, step int NOT NULL)"


class ThingHappened(Event):
    """Step `step` of the thing `name`."""

    TYPE: ClassVar[str] = "tests.thing.happened.v1"
    TOPIC: ClassVar[str] = "tests.thing"

    name: str
    step: int

    @property
    def key(self) -> str:
        """The thing's name."""
        return self.name


class Handling:
    """A handler that logs each event into the database, or fails as it is told to."""

    def __init__(self) -> None:
        self.refuse: set[tuple[str, int]] = set()
        self.stumble: dict[tuple[str, int], int] = {}

    async def __call__(self, session: AsyncSession, event: ThingHappened, now: datetime) -> None:  # noqa: ARG002
        """Writes first and fails then, so that a failure must take the write back."""
        await execute(
            session,
            text("INSERT INTO thing_log (key, step) VALUES (:key, :step)"),
            {"key": event.name, "step": event.step},
        )
        if (event.name, event.step) in self.refuse:
            raise RuleViolation("tests.refused", "the test refuses this step")
        if self.stumble.get((event.name, event.step), 0) > 0:
            self.stumble[(event.name, event.step)] -= 1
            raise ConnectionError("the test stumbles")


def record(name: str, step: int, now: datetime, event_id: UUID | None = None) -> Record:
    """A record as the broker would deliver it."""
    return build_record(ThingHappened(name=name, step=step), now, event_id, step)


def put_headers(record: Record, **values: str) -> Record:
    """The record with these headers in place of its own of these names."""
    return replace(record, headers=encode_headers({**record.attributes, **values}))


async def happen(database: Database, name: str, step: int, now: datetime) -> None:
    """Records one event in a transaction of its own."""
    async with database.transaction() as session:
        await outbox.record_events(session, ThingHappened(name=name, step=step), now=now)


async def steps(database: Database, name: str | None = None) -> list[int]:
    """The steps that were handled, in the order of handling."""
    query = "SELECT step FROM thing_log WHERE key = coalesce(:name, key) ORDER BY n"
    return [row.step for row in await rows(database, query, name=name)]


async def rows(database: Database, query: str, **values: Any) -> list[Any]:
    """What a query finds."""
    async with database.read_only_transaction() as session:
        return list((await execute(session, text(query), values)).all())


async def run(database: Database, statement: str, **values: Any) -> None:
    """Runs one statement and commits."""
    async with database.transaction() as session:
        await execute(session, text(statement), values)
