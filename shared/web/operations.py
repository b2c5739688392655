"""Operations endpoints of every service: the outbox's backlog, and the dead letters."""

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
from shared.web.dependencies import ReadOnlyTransaction, Transaction
from shared.web.guards import Allow
from shared.web.problems import problem_responses
from shared.web.resources import get_resources

router = APIRouter(prefix="/ops", tags=["operations"], dependencies=[Depends(Allow(Scope.OPERATE))])


class BacklogAnswer(BaseModel):
    """How many events the relay has yet to publish, and the oldest one's time."""

    unpublished: int
    oldest_recorded_at: datetime | None


class DeadLetterAnswer(BaseModel):
    """An event that could not be handled, without its payload: that can be personal data."""

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


class ReplayAnswer(BaseModel):
    """The outcome of a replay."""

    handled_count: int
    failure: str | None = Field(description="why the next one failed again; absent when none did")


class DiscardRequest(RequestBody):
    """The reason for which a dead letter is given up."""

    reason: str = Field(min_length=10, max_length=1000)


@router.get("/outbox", summary="Events not yet published")
async def get_outbox_backlog(session: ReadOnlyTransaction) -> BacklogAnswer:
    """Counts the unpublished events; shows how far the relay is behind."""
    query = select(func.count(), func.min(outbox.c.recorded_at)).where(
        outbox.c.published_at.is_(None)
    )
    row = (await execute(session, query)).one()
    return BacklogAnswer(unpublished=row[0], oldest_recorded_at=row[1])


@router.get("/dead-letters", summary="Events that could not be handled, oldest first")
async def list_dead_letters(
    session: ReadOnlyTransaction, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[DeadLetterAnswer]:
    """The open dead letters, oldest first: each waits for an operator's decision."""
    rows = await dead_letters.list_open_dead_letters(session, limit)
    return [DeadLetterAnswer.model_validate(row, from_attributes=True) for row in rows]


@router.post(
    "/dead-letters/{dead_id}/replay",
    summary="Handle the event, and those parked behind it, again",
    responses=problem_responses(404),
)
async def replay_dead_letters(dead_id: int, request: Request) -> ReplayAnswer:
    """Handles the key's dead letters again in order, each in its own transaction."""
    resources = get_resources(request)
    outcome = await dead_letters.replay_key(
        resources.database, resources.handlers, resources.clock, dead_id
    )
    return ReplayAnswer(handled_count=outcome.handled_count, failure=outcome.failure)


@router.post(
    "/dead-letters/{dead_id}/discard",
    status_code=204,
    summary="Give an event up for good",
    responses=problem_responses(404),
)
async def discard_dead_letter(dead_id: int, body: DiscardRequest, session: Transaction) -> None:
    """Gives the event up; the reason is kept with it. 404 when it is not open."""
    await dead_letters.discard_dead_letter(session, dead_id, body.reason)
