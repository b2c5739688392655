"""What operations need of every service: the outbox's backlog, and the dead letters."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from shared.db import execute
from shared.messaging import dead_letters
from shared.messaging.tables import outbox
from shared.principal import Scope
from shared.schemas import RequestBody
from shared.web.dependencies import Reading, Transaction
from shared.web.guards import Allow
from shared.web.problems import responses

router = APIRouter(prefix="/ops", tags=["operations"], dependencies=[Depends(Allow(Scope.OPERATE))])


class Backlog(BaseModel):
    """What the relay has still to publish."""

    unpublished: int
    oldest_recorded_at: datetime | None


class DeadLetter(BaseModel):
    """An event that could not be handled. Its contents are not shown: they can be personal data."""

    id: int
    topic: str
    key: str
    event_id: str
    type: str | None
    status: str = Field(description="waiting: failed itself; parked: waits behind one that did")
    reason: str
    detail: str
    attempts: int
    stored_at: datetime


class Replayed(BaseModel):
    """What came of a replay."""

    handled: int
    stopped: str | None = Field(description="why the next one failed again; absent when none did")


class Discard(RequestBody):
    """Why a dead letter is given up."""

    why: str = Field(min_length=10, max_length=1000)


@router.get("/outbox", summary="Events not yet published")
async def backlog(session: Reading) -> Backlog:
    """How far the relay is behind."""
    count = select(func.count(), func.min(outbox.c.recorded_at)).where(
        outbox.c.published_at.is_(None)
    )
    row = (await execute(session, count)).one()
    return Backlog(unpublished=row[0], oldest_recorded_at=row[1])


@router.get("/dead-letters", summary="Events that could not be handled, oldest first")
async def list_dead_letters(
    session: Reading, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[DeadLetter]:
    """What waits for somebody's decision."""
    rows = await dead_letters.waiting(session, limit)
    return [DeadLetter.model_validate(row, from_attributes=True) for row in rows]


@router.post(
    "/dead-letters/{dead_id}/replay",
    summary="Handle the event, and those parked behind it, again",
    responses=responses(404),
)
async def replay(dead_id: int, request: Request) -> Replayed:
    """Replays the whole key in order, each event in its own transaction."""
    state = request.app.state
    outcome = await dead_letters.replay(state.database, state.handlers, state.clock, dead_id)
    return Replayed(handled=outcome.handled, stopped=outcome.stopped)


@router.post(
    "/dead-letters/{dead_id}/discard",
    status_code=204,
    summary="Give an event up for good",
    responses=responses(404),
)
async def discard(dead_id: int, body: Discard, session: Transaction) -> None:
    """The reason is kept with the event."""
    await dead_letters.discard(session, dead_id, body.why)
