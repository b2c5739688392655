"""The list of qualifications over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from services.catalog.qualification import answers, examples
from services.catalog.qualification.columns import Council, Level, StandardCode
from services.catalog.qualification.responses import SummaryFields
from services.catalog.qualification.schemas import QualificationSummaryAnswer
from services.catalog.qualification.status import Status
from services.catalog.search import queries
from shared.paging import Page
from shared.principal import Scope
from shared.schemas import CivilDay
from shared.values.codes import CodeForm
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction, Today
from shared.web.guards import AllowWrites
from shared.web.selection import page_with_selection, select_members

AreaCode = Annotated[
    str,
    CodeForm("qualification.area", "write the two digits of the area, such as 07", r"^[0-9]{2}$"),
]

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


def build_version_filter(
    today: Today,
    on: Annotated[
        CivilDay | None,
        Query(
            description="civil day: versions in force on it; today, if left out",
            examples=["2026-03-02"],
        ),
    ] = None,
    text: Annotated[
        str | None,
        Query(
            max_length=200,
            description="words of names, codes and functions, all of which must occur",
            examples=["оператор"],
        ),
    ] = None,
    level: Annotated[Level | None, Query()] = None,
    standard: Annotated[StandardCode | None, Query()] = None,
    area: Annotated[
        AreaCode | None,
        Query(
            description="area of activity: the first two digits of a standard's code",
            examples=["07"],
        ),
    ] = None,
    council: Annotated[Council | None, Query()] = None,
    status: Annotated[
        Status | None, Query(description="versions in this status instead of those in force")
    ] = None,
) -> queries.VersionFilter:
    """The filter that the query parameters of a list describe."""
    return queries.VersionFilter(on or today, text, level, standard, area, council, status)


VersionFilterQuery = Annotated[queries.VersionFilter, Depends(build_version_filter)]


@router.get(
    "",
    summary="List and search",
    responses={200: examples.list_examples()},
    response_model=page_with_selection(QualificationSummaryAnswer),
)
async def list_qualifications(
    session: ReadOnlyTransaction,
    version_filter: VersionFilterQuery,
    today: Today,
    fields: SummaryFields,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> BaseModel | Response:
    """What is in force on a day, or the versions in a status; by relevance, then by name.

    All words of `text` must occur, in any grammatical form; case and `ё` do not matter.
    """
    dated_versions, next_cursor = await queries.search_versions(
        session, version_filter, cursor, limit
    )
    items = [answers.summary_answer(dated_version, today) for dated_version in dated_versions]
    page = Page[QualificationSummaryAnswer](items=items, next=next_cursor)
    return select_members(page, fields)
