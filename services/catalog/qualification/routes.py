"""One qualification as of a day, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from services.catalog.qualification import examples, queries
from services.catalog.qualification.responses import (
    QualificationFields,
    QualificationIdPath,
    ReadContext,
    version_response,
)
from services.catalog.qualification.schemas import QualificationAnswer
from shared.principal import Scope
from shared.schemas import CivilDay
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.guards import AllowWrites
from shared.web.problem_documents import problem_responses
from shared.web.selection import with_selection

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


@router.get(
    "/{qualification_id}",
    summary="One qualification",
    responses={**problem_responses(404), 200: examples.qualification_examples()},
    response_model=with_selection(QualificationAnswer),
)
async def get_qualification(
    qualification_id: QualificationIdPath,
    session: ReadOnlyTransaction,
    context: ReadContext,
    fields: QualificationFields,
    on: Annotated[CivilDay | None, Query(description="the version in force on this day")] = None,
) -> BaseModel | Response:
    """The version in force on a day.

    Without `on`: today's; if none is in force today, the last that was, or the newest draft.
    """
    if on is not None:
        dated_version = await queries.get_version_in_force(session, qualification_id, on)
    else:
        dated_version = await queries.get_prevailing_version(
            session, qualification_id, context.today
        )
    return version_response(dated_version, context, fields)
