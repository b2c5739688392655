"""Versions over HTTP: a new one, corrections of a draft, and every step of the procedure."""

from fastapi import APIRouter, Depends, Response

from services.catalog.procedure import drafting
from services.catalog.procedure.dependencies import (
    PUBLISHER,
    CatalogPublisher,
    PublisherContext,
    VersionIdPath,
)
from services.catalog.procedure.schemas import NewVersionRequest
from services.catalog.procedure.steps import STEPS
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.responses import (
    DraftBody,
    QualificationIdPath,
    created_version_answer,
    tagged_version_answer,
)
from services.catalog.qualification.schemas import QualificationAnswer
from services.catalog.qualification.status import Change
from shared.principal import Principal
from shared.web.contents import add_headers
from shared.web.context import CommandRequest, RequestContext
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses
from shared.web.steps import StepTarget, add_step_routes

router = APIRouter(
    prefix="/v1/qualifications/{qualification_id}/versions",
    tags=["versions"],
    route_class=OnceRoute,
    dependencies=[Depends(PUBLISHER)],
)


async def answer_step(
    dated_version: DatedVersion, request_context: RequestContext, caller: Principal
) -> QualificationAnswer:
    """The version after a step, and its new entity tag."""
    today = request_context.command_context(caller.subject).today
    return tagged_version_answer(dated_version, today, request_context.response)


@router.post(
    "",
    status_code=201,
    summary="Draft a new version",
    responses={201: add_headers("ETag"), **problem_responses(404, 409)},
)
async def create_version(
    qualification_id: QualificationIdPath,
    body: NewVersionRequest,
    context: PublisherContext,
    response: Response,
) -> QualificationAnswer:
    """The next version of a published qualification, as an editorial or a substantive change."""
    dated_version = await drafting.create_version(
        context, qualification_id, body.content(), Change(body.change), body.change_reason
    )
    return created_version_answer(dated_version, context.today, response)


@router.put("/{number}", summary="Replace a draft", responses=problem_responses(404, 409, 412))
async def replace_draft(
    version_id: VersionIdPath,
    body: DraftBody,
    request_context: CommandRequest,
    caller: CatalogPublisher,
) -> QualificationAnswer:
    """Replaces all columns of a draft."""
    context = request_context.command_context(caller.subject)
    dated_version = await drafting.edit_draft(context, version_id, body)
    return await answer_step(dated_version, request_context, caller)


add_step_routes(
    router, STEPS, StepTarget("version_id", VersionIdPath), answer_step, path="/{number}/{step}"
)
