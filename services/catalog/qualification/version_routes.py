"""The versions of a qualification over HTTP: list, one, what differs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.catalog.qualification import answers, queries
from services.catalog.qualification import responses as qualification_responses
from services.catalog.qualification.differences import differences
from services.catalog.qualification.schemas import DifferenceAnswer, Differences, Qualification
from shared.principal import Scope
from shared.web.dependencies import Reading, Today
from shared.web.guards import AllowWrites
from shared.web.problems import responses

router = APIRouter(
    prefix="/v1/qualifications/{qualification_id}/versions",
    tags=["versions"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


Number = Annotated[int, Path(ge=1, le=10_000, description="1, 2, 3 in the order of drafting")]


@router.get("", summary="All versions", responses=responses(404))
async def every(qualification_id: UUID, session: Reading, today: Today) -> list[Qualification]:
    """All versions, oldest first, with the days on which each is in force."""
    found = await queries.standings(session, qualification_id)
    return [answers.qualification(standing, today) for standing in found]


@router.get(
    "/{number}", summary="One version", responses=responses(404), response_model=Qualification
)
async def get(
    qualification_id: UUID,
    number: Number,
    session: Reading,
    today: Today,
    fields: qualification_responses.OneFields,
    request: Request,
    response: Response,
) -> Qualification | Response:
    """A version, published or on its way."""
    standing = await queries.standing(session, qualification_id, number)
    return qualification_responses.one(standing, today, request, response, fields)


@router.get("/{number}/differences", summary="What differs", responses=responses(404))
async def differing(
    qualification_id: UUID,
    number: Number,
    session: Reading,
    since: Annotated[
        int | None, Query(ge=1, le=10_000, description="the version before, unless told")
    ] = None,
) -> Differences:
    """What changed from another version to this one, place by place."""
    before = number - 1 if since is None else since
    if before < 1:
        return Differences(
            id=qualification_id, before=0, after=number, substantive=False, differences=[]
        )
    older = await queries.standing(session, qualification_id, before)
    newer = await queries.standing(session, qualification_id, number)
    found = differences(older.version.content, newer.version.content)
    return Differences(
        id=qualification_id,
        before=before,
        after=number,
        substantive=any(one.substantive for one in found),
        differences=[DifferenceAnswer.model_validate(one) for one in found],
    )
