"""The list of qualifications over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.catalog.qualification import answers, examples, responses
from services.catalog.qualification.schemas import QualificationSummary
from services.catalog.qualification.status import Status
from services.catalog.search import queries
from shared.paging import Page
from shared.principal import Scope
from shared.web.dependencies import Cursor, Limit, Reading, Today
from shared.web.guards import AllowWrites

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


def wanted(
    today: Today,
    on: Annotated[
        date | None, Query(description="in force on this day; today when neither is given")
    ] = None,
    text: Annotated[
        str | None, Query(max_length=200, description="words of names, codes and functions")
    ] = None,
    level: Annotated[int | None, Query(ge=1, le=9)] = None,
    standard: Annotated[str | None, Query(pattern=r"^\d{2}\.\d{3}$")] = None,
    area: Annotated[str | None, Query(pattern=r"^\d{2}$", description="of activity")] = None,
    council: Annotated[str | None, Query(max_length=500, description="its full name")] = None,
    status: Annotated[
        Status | None, Query(description="versions in this status instead of those in force")
    ] = None,
) -> queries.Filter:
    """Which versions a list asks for."""
    return queries.Filter(on or today, text, level, standard, area, council, status)


Wanted = Annotated[queries.Filter, Depends(wanted)]


@router.get(
    "",
    summary="List and search",
    responses={200: examples.listed()},
    response_model=Page[QualificationSummary],
)
async def find(
    session: Reading,
    today: Today,
    wanted: Wanted,
    fields: responses.ListFields,
    request: Request,
    response: Response,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What is in force on a day, or the versions in a status; by relevance, then by name.

    All words of `text` must occur, in any grammatical form; case and `ё` do not matter.
    """
    found, following = await queries.page(session, wanted, cursor, limit)
    items = [answers.summary(standing, today) for standing in found]
    page = Page[QualificationSummary](items=items, next=following)
    return responses.listed(page, request, response, fields)
