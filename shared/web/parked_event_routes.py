"""Operations endpoints of every service: events that no broker takes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from shared.messaging.parked_events import (
    PARKED_SORT_KEYS,
    discard_parked,
    replay_parked,
    select_parked,
    show_parked,
)
from shared.paging import Page, get_row_page
from shared.principal import Scope
from shared.schemas import MAX_EXACT_INTEGER
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction, Transaction
from shared.web.guards import Allow
from shared.web.operation_schemas import DiscardRequest, ParkedEventAnswer
from shared.web.problem_documents import problem_responses

router = APIRouter(
    prefix="/ops/parked-events", tags=["operations"], dependencies=[Depends(Allow(Scope.OPERATE))]
)

EventNumber = Annotated[
    int,
    Path(ge=1, le=MAX_EXACT_INTEGER, description="the event's number in the outbox", examples=[42]),
]


@router.get("", summary="Events that no broker takes, the oldest first")
async def list_parked_events(
    session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 100
) -> Page[ParkedEventAnswer]:
    """Each waits for an operator's decision, and later events of its key wait behind it."""
    rows, next_cursor = await get_row_page(
        session, select_parked(), PARKED_SORT_KEYS, cursor, limit
    )
    events = [show_parked(row) for row in rows]
    items = [ParkedEventAnswer.model_validate(event, from_attributes=True) for event in events]
    return Page(items=items, next=next_cursor)


@router.post(
    "/{event_id}/replay",
    status_code=204,
    summary="Let the relay try the event again",
    responses=problem_responses(404),
)
async def replay_parked_event(event_id: EventNumber, session: Transaction) -> None:
    """When the cause is mended. It is parked again if the broker refuses it again."""
    await replay_parked(session, event_id)


@router.post(
    "/{event_id}/discard",
    status_code=204,
    summary="Give an event up for good",
    responses=problem_responses(404),
)
async def discard_parked_event(
    event_id: EventNumber, body: DiscardRequest, session: Transaction
) -> None:
    """It is never published; the reason is kept with it. Later events of its key go on."""
    await discard_parked(session, event_id, body.reason)
