"""The time limits of the law for those who watch them: lists, counts, rules."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.applications.access.dependencies import LimitWatcher, ServiceSettings
from services.applications.access.policy import own_filter
from services.applications.application.queries import get_case_numbers
from services.applications.application.values import RecordedCentreNumber
from services.applications.limits import queries
from services.applications.limits.answers import build_limit_answer
from services.applications.limits.rules import LimitState, TimeLimitRule
from services.applications.limits.schemas import LimitCountAnswer, ListedLimitAnswer
from shared.paging import Page, WholeList
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC

router = APIRouter(prefix="/v1/limits", tags=["limits of law"])

LimitStates = Annotated[
    list[LimitState] | None,
    Query(
        max_length=len(LimitState),
        description="limits in one of these states; at risk and late, if absent",
    ),
]
LimitSort = Annotated[
    Literal["due_on", "-due_on"],
    Query(description="order by the last day; `-`: the farthest first"),
]
CentreFilter = Annotated[
    RecordedCentreNumber | None, Query(description="limits of the centre of this number")
]


@router.get("", summary="Limits at risk or late, the nearest last day first")
async def list_limits(
    caller: LimitWatcher,
    session: ReadOnlyTransaction,
    today: Today,
    state: LimitStates = None,
    centre: CentreFilter = None,
    sort: LimitSort = "due_on",
    cursor: PageCursor = None,
    page_size: Annotated[PageLimit, Query(alias="limit")] = 50,
) -> Page[ListedLimitAnswer]:
    """A centre and a council see the limits of their own applications."""
    limit_filter = queries.LimitFilter(
        own_filter(caller), state or [LimitState.AT_RISK, LimitState.LATE], centre
    )
    rows, next_cursor = await queries.list_limits(
        session, limit_filter, today, cursor, page_size, sort=sort
    )
    case_numbers = await get_case_numbers(session, [row.application_id for row in rows])
    items = [
        ListedLimitAnswer(
            **build_limit_answer(row, today).model_dump(),
            application_id=row.application_id,
            case_number=case_numbers[row.application_id],
            centre_number=row.centre_number,
        )
        for row in rows
    ]
    return Page[ListedLimitAnswer](items=items, next=next_cursor)


@router.get("/counts", summary="How many run, are at risk or late, by centre")
async def count_limits(
    caller: LimitWatcher,
    session: ReadOnlyTransaction,
    today: Today,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[LimitCountAnswer]:
    """By centre, limit and state; of those that the list of limits would show the caller."""
    limit_filter = queries.LimitFilter(own_filter(caller))
    limit_counts, next_cursor = await queries.count_limits(
        session, limit_filter, today, cursor, limit
    )
    items = [LimitCountAnswer.model_validate(limit_count) for limit_count in limit_counts]
    return Page[LimitCountAnswer](items=items, next=next_cursor)


@router.get("/rules", summary="The limits of law and their sources", dependencies=[Depends(PUBLIC)])
async def list_limit_rules(settings: ServiceSettings) -> WholeList[TimeLimitRule]:
    """The time limits as the settings' file defines them, each with its source."""
    return WholeList[TimeLimitRule](items=list(settings.time_limit_rules.limits))
