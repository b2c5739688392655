"""Appeals against the centre and the council (238-FZ, art. 4(6); order 701n)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.applications.access.dependencies import READER_SCOPES, ApplicationGuard, Reader
from services.applications.appeals import operations, queries, registry_steps
from services.applications.appeals.models import Appeal
from services.applications.appeals.schemas import (
    AppealAnswer,
    AppealDecisionRequest,
    AppealRegistrationRequest,
    AppealRequest,
    DatedStepRequest,
    HearingRequest,
)
from services.applications.application.schemas import StepRequest
from services.applications.application.values import AppealId, ApplicationId
from shared.errors import NotFound
from shared.idempotency import create_once
from shared.paging import WholeList
from shared.principal import Principal, Scope
from shared.web.conditional import etag
from shared.web.contents import add_headers
from shared.web.context import RequestContext, UnconditionalRequest
from shared.web.dependencies import IdempotencyKey, ReadOnlyTransaction, Transaction
from shared.web.problem_documents import problem_responses
from shared.web.steps import Step, StepTarget, add_step_routes

router = APIRouter(
    prefix="/v1/applications/{application_id}/appeals",
    tags=["appeals"],
    responses=problem_responses(404),
)


async def _require_appeal_id(
    application_id: ApplicationId, appeal_id: AppealId, session: Transaction
) -> UUID:
    appeal = await session.get(Appeal, appeal_id)
    if appeal is None or appeal.application_id != application_id:
        raise NotFound("appeal.unknown", f"The application has no appeal {appeal_id}.")
    return appeal_id


@router.post(
    "",
    status_code=201,
    summary="File an appeal",
    responses={201: add_headers("ETag"), **problem_responses(409)},
)
async def file_appeal(
    application_id: ApplicationId,
    body: AppealRequest,
    caller: Reader,
    request_context: UnconditionalRequest,
    key: IdempotencyKey = None,
) -> AppealAnswer:
    """On one of the law's grounds, within 30 days of being informed of the results."""
    context, response = request_context.command_context(caller.subject), request_context.response

    async def insert_appeal() -> UUID:
        return await operations.file_appeal(context, application_id, body)

    payload = body.model_dump_json().encode()
    operation = f"file_appeal:{application_id}"
    appeal_id = await create_once(context.session, operation, key, payload, insert_appeal)
    response.headers["Location"] = f"/v1/applications/{application_id}/appeals/{appeal_id}"
    return _answer_appeal(await context.session.get_one(Appeal, appeal_id), response)


@router.get("", summary="The appeals of an application")
async def list_appeals(
    application_id: ApplicationId, caller: Reader, session: ReadOnlyTransaction
) -> WholeList[AppealAnswer]:
    """The appeals in the order in which they were filed."""
    appeals = await queries.list_appeals(session, application_id)
    items = [AppealAnswer.model_validate(appeal) for appeal in appeals]
    return WholeList[AppealAnswer](items=items)


async def _answer_step(
    appeal: Appeal,
    request_context: RequestContext,
    caller: Principal,
) -> AppealAnswer:
    return _answer_appeal(appeal, request_context.response)


def _answer_appeal(appeal: Appeal, response: Response) -> AppealAnswer:
    response.headers["ETag"] = etag(appeal.revision)
    return AppealAnswer.model_validate(appeal)


STEPS = {
    "register": Step(
        run=operations.register_appeal,
        body=AppealRegistrationRequest,
        scopes=[Scope.DECIDE],
        summary="The commission registers the appeal",
        description="Within 7 working days of the filing; the appellant is informed of it.",
    ),
    "set-hearing": Step(
        run=operations.set_appeal_hearing,
        body=HearingRequest,
        scopes=[Scope.DECIDE],
        summary="The commission calls a hearing",
        description="The appellant is notified at least 10 calendar days before the hearing.",
    ),
    "decide": Step(
        run=operations.decide_appeal,
        body=AppealDecisionRequest,
        scopes=[Scope.DECIDE],
        summary="The commission decides",
        description="By the votes of the members; a satisfied appeal opens the application again.",
    ),
    "send-decision": Step(
        run=operations.send_appeal_decision,
        body=DatedStepRequest,
        scopes=[Scope.DECIDE],
        summary="The decision went to the appellant",
        description="Within 5 calendar days of the decision.",
    ),
    "execute": Step(
        run=operations.execute_appeal_decision,
        body=DatedStepRequest,
        scopes=[Scope.PROCESS],
        summary="The centre did what the decision asks for",
        description="Within 45 calendar days of the decision.",
    ),
    "report": Step(
        run=registry_steps.report_appeal,
        body=DatedStepRequest,
        scopes=[Scope.DECIDE],
        summary="The council sent the appeal's data to the registry",
        description="Within 10 calendar days of the decision (order 649n).",
    ),
    "record-registry-entry": Step(
        run=registry_steps.enter_appeal_in_registry,
        body=DatedStepRequest,
        scopes=[Scope.FEED, Scope.OPERATE],
        summary="The registry has entered the appeal",
        description="Within 20 calendar days of the council's data (order 649n).",
    ),
    "withdraw": Step(
        run=operations.withdraw_appeal,
        body=StepRequest,
        body_optional=True,
        scopes=READER_SCOPES,
        summary="The appellant takes the appeal back",
        description="Possible until the commission has decided.",
    ),
}
"""The steps of an appeal after its filing, by the last part of their address."""

add_step_routes(
    router,
    STEPS,
    StepTarget("appeal_id", Annotated[UUID, Depends(_require_appeal_id)]),
    _answer_step,
    guard=ApplicationGuard,
    path="/{appeal_id}/{step}",
)
