"""Operations endpoints of every service: outbox, dead letters, jobs, rows set aside."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy import func, select

from shared.db import execute
from shared.job_states.set_aside import SET_ASIDE_SORT_KEYS, request_retry, select_set_aside
from shared.job_states.states import list_job_states
from shared.messaging import dead_letters
from shared.messaging.dead_letter_views import (
    LETTER_SORT_KEYS,
    select_open_dead_letters,
    show_letter,
)
from shared.messaging.tables import outbox
from shared.paging import Page, WholeList, get_row_page
from shared.principal import Scope
from shared.schemas import MAX_EXACT_INTEGER
from shared.web.dependencies import Now, PageCursor, PageLimit, ReadOnlyTransaction, Transaction
from shared.web.guards import Allow
from shared.web.operation_schemas import (
    BacklogAnswer,
    DeadLetterAnswer,
    DiscardRequest,
    JobStateAnswer,
    ReplayAnswer,
    SetAsideAnswer,
)
from shared.web.problem_documents import problem_responses
from shared.web.resources import get_resources

router = APIRouter(prefix="/ops", tags=["operations"], dependencies=[Depends(Allow(Scope.OPERATE))])

DeadLetterId = Annotated[
    int, Path(ge=1, le=MAX_EXACT_INTEGER, description="the dead letter's id", examples=[42])
]


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
    session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 100
) -> Page[DeadLetterAnswer]:
    """The open dead letters, oldest first: each waits for an operator's decision."""
    query = select_open_dead_letters()
    rows, next_cursor = await get_row_page(session, query, LETTER_SORT_KEYS, cursor, limit)
    letters = [show_letter(row) for row in rows]
    items = [DeadLetterAnswer.model_validate(item, from_attributes=True) for item in letters]
    return Page(items=items, next=next_cursor)


@router.post(
    "/dead-letters/{dead_letter_id}/replay",
    summary="Handle the event, and those parked behind it, again",
    responses=problem_responses(404),
)
async def replay_dead_letters(dead_letter_id: DeadLetterId, request: Request) -> ReplayAnswer:
    """Handles the key's dead letters again in order, each in its own transaction."""
    resources = get_resources(request)
    outcome = await dead_letters.replay_key(
        resources.database, resources.handlers, resources.clock, dead_letter_id
    )
    return ReplayAnswer(handled_count=outcome.handled_count, failure=outcome.failure)


@router.post(
    "/dead-letters/{dead_letter_id}/discard",
    status_code=204,
    summary="Give an event up for good",
    responses=problem_responses(404),
)
async def discard_dead_letter(
    dead_letter_id: DeadLetterId, body: DiscardRequest, session: Transaction
) -> None:
    """Gives the event up; the reason is kept with it. 404 when it is not open."""
    await dead_letters.discard_dead_letter(session, dead_letter_id, body.reason)


@router.get("/jobs", summary="The jobs, and how their last rounds ended")
async def list_service_jobs(session: ReadOnlyTransaction) -> WholeList[JobStateAnswer]:
    """By name. One whose last success is older than some intervals does not run, or fails."""
    states = await list_job_states(session)
    items = [JobStateAnswer.model_validate(state, from_attributes=True) for state in states]
    return WholeList(items=items)


@router.get("/set-aside", summary="Rows that a job could not handle, the oldest first")
async def list_set_aside_rows(
    session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 100
) -> Page[SetAsideAnswer]:
    """They hold up nobody, and each is tried again after pauses that grow to a day."""
    query = select_set_aside()
    rows, next_cursor = await get_row_page(session, query, SET_ASIDE_SORT_KEYS, cursor, limit)
    items = [SetAsideAnswer.model_validate(row, from_attributes=True) for row in rows]
    return Page(items=items, next=next_cursor)


@router.post(
    "/set-aside/{job}/{subject}/retry",
    status_code=204,
    summary="Let the job's next round try the row again",
    responses=problem_responses(404),
)
async def retry_row(
    job: Annotated[
        str, Path(max_length=100, description="the job's name", examples=["scan_notices"])
    ],
    subject: Annotated[
        str, Path(max_length=100, description="the row's id", examples=["6f2a0f3c"])
    ],
    session: Transaction,
    now: Now,
) -> None:
    """A repetition changes nothing. 404 when the job has set no such row aside."""
    await request_retry(session, job, subject, now)
