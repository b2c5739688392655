"""Operations endpoints of every service: outbox, dead letters, jobs, rows set aside."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from shared.db import execute
from shared.job_states.set_aside import list_set_aside, request_retry
from shared.job_states.states import list_job_states
from shared.messaging import dead_letters
from shared.messaging.dead_letter_views import list_open_dead_letters
from shared.messaging.tables import outbox
from shared.principal import Scope
from shared.schemas import RequestBody
from shared.web.dependencies import Now, ReadOnlyTransaction, Transaction
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


class JobStateAnswer(BaseModel):
    """What a scheduler or a worker does again and again, and how its last rounds ended."""

    name: str
    every_seconds: float = Field(description="how often a round should begin")
    last_success_at: datetime | None
    last_failure_at: datetime | None
    failure: str | None = Field(description="of the last round; null when it ended well")
    backlog: int = Field(description="how much was left after the last round that ended well")


class SetAsideAnswer(BaseModel):
    """A row that a job could not handle, by its id; the reason holds none of its data."""

    job: str
    subject: str
    reason: str
    attempts: int
    set_aside_at: datetime
    retry_at: datetime = Field(description="when it is tried again by itself")


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
    rows = await list_open_dead_letters(session, limit)
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


@router.get("/jobs", summary="The jobs, and how their last rounds ended")
async def get_jobs(session: ReadOnlyTransaction) -> list[JobStateAnswer]:
    """By name. One whose last success is older than some intervals does not run, or fails."""
    states = await list_job_states(session)
    return [JobStateAnswer.model_validate(state, from_attributes=True) for state in states]


@router.get("/set-aside", summary="Rows that a job could not handle, the oldest first")
async def get_set_aside_rows(
    session: ReadOnlyTransaction, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[SetAsideAnswer]:
    """They hold up nobody, and each is tried again after pauses that grow to a day."""
    rows = await list_set_aside(session, limit)
    return [SetAsideAnswer.model_validate(row, from_attributes=True) for row in rows]


@router.post(
    "/set-aside/{job}/{subject}/retry",
    status_code=204,
    summary="Let the job's next round try the row again",
    responses=problem_responses(404),
)
async def retry_row(
    job: Annotated[str, Path(max_length=100)],
    subject: Annotated[str, Path(max_length=100)],
    session: Transaction,
    now: Now,
) -> None:
    """A repetition changes nothing. 404 when the job has set no such row aside."""
    await request_retry(session, job, subject, now)
