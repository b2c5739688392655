"""One qualification as of a day, over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.catalog.qualification import examples, queries
from services.catalog.qualification import responses as qualification_responses
from services.catalog.qualification.schemas import Qualification
from shared.principal import Scope
from shared.web.dependencies import Reading, Today
from shared.web.guards import AllowWrites
from shared.web.problems import responses

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


@router.get(
    "/{qualification_id}",
    summary="One qualification",
    responses={**responses(404), 200: examples.answered()},
    response_model=Qualification,
)
async def get(
    qualification_id: UUID,
    session: Reading,
    today: Today,
    fields: qualification_responses.OneFields,
    request: Request,
    response: Response,
    on: Annotated[date | None, Query(description="the version in force on this day")] = None,
) -> Qualification | Response:
    """The version in force on a day.

    Without `on`: today's; if none is in force today, the last that was, or the newest draft.
    """
    if on is not None:
        standing = await queries.standing_on(session, qualification_id, on)
    else:
        standing = await queries.prevailing(session, qualification_id, today)
    return qualification_responses.one(standing, today, request, response, fields)
