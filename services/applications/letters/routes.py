"""Letters over HTTP, for operations."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.applications.access.dependencies import Operations
from services.applications.letters import queries
from services.applications.letters.operations import retry_filtered_letters, retry_letters
from services.applications.letters.queries import LetterFilter
from services.applications.letters.schemas import (
    LetterAnswer,
    LetterQuery,
    LetterRetryAnswer,
    LetterRetryRequest,
)
from shared.paging import Page
from shared.web.context import UnconditionalRequest
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/letters", tags=["operations"], route_class=OnceRoute)


LetterSort = Annotated[
    Literal["planned_at", "-planned_at"],
    Query(description="order by the instant of planning; `-`: the newest first"),
]


async def _letter_filter(
    selection: Annotated[LetterQuery, Query()],
) -> LetterFilter:
    return LetterFilter(**selection.model_dump())


@router.get("", summary="Letters to holders, the newest first")
async def list_letters(
    caller: Operations,
    session: ReadOnlyTransaction,
    letter_filter: Annotated[LetterFilter, Depends(_letter_filter)],
    sort: LetterSort = "-planned_at",
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[LetterAnswer]:
    """Who was told what about which certificate, and what failed; no names, no addresses."""
    rows, next_cursor = await queries.list_letters(session, letter_filter, cursor, limit, sort=sort)
    return Page[LetterAnswer](
        items=[LetterAnswer.model_validate(row) for row in rows], next=next_cursor
    )


@router.post(
    "/retry",
    summary="Try failed letters again, or those given up",
    responses=problem_responses(409),
)
async def retry_selection(
    body: LetterRetryRequest, caller: Operations, request_context: UnconditionalRequest
) -> LetterRetryAnswer:
    """All of the selection, or none."""
    context = request_context.command_context(caller.subject)
    if body.ids is not None:
        return LetterRetryAnswer(count=await retry_letters(context, body.ids))
    assert body.filter is not None, "the body's own check asks for one of them"
    assert body.count is not None, "and for both of its parts"
    letter_filter = LetterFilter(**body.filter.model_dump())
    return LetterRetryAnswer(count=await retry_filtered_letters(context, letter_filter, body.count))
