"""Appeals against the centre and the council (238-FZ, art. 4(6); order 701n)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.applications.access.dependencies import (
    CentreOf,
    CouncilOf,
    Reader,
    RouteContext,
    with_actor,
)
from services.applications.appeals import models, operations, queries
from services.applications.appeals.schemas import (
    AppealAnswer,
    AppealDecisionRequest,
    AppealRegistrationRequest,
    AppealRequest,
    DatedStepRequest,
    HearingRequest,
)
from services.applications.application.schemas import StepRequest
from shared.errors import NotFound
from shared.idempotency import create_once
from shared.web.conditional import etag
from shared.web.dependencies import IdempotencyKey, ReadOnlyTransaction, Transaction
from shared.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/applications/{application_id}/appeals",
    tags=["appeals"],
    responses=problem_responses(404, 409, 412),
)


async def _require_appeal_id(application_id: UUID, appeal_id: UUID, session: Transaction) -> UUID:
    appeal = await session.get(models.Appeal, appeal_id)
    if appeal is None or appeal.application_id != application_id:
        raise NotFound("appeal.unknown", f"The application has no appeal {appeal_id}.")
    return appeal_id


AppealId = Annotated[UUID, Depends(_require_appeal_id)]


@router.post("", status_code=201, summary="File an appeal")
async def file_appeal(
    application_id: UUID,
    body: AppealRequest,
    caller: Reader,
    context: RouteContext,
    key: IdempotencyKey = None,
) -> AppealAnswer:
    """On one of the law's grounds, within 30 days of being informed of the results."""

    async def insert_appeal() -> UUID:
        return await operations.file_appeal(
            context.session, application_id, body, context.now, context.settings
        )

    payload = body.model_dump_json().encode()
    appeal_id = await create_once(
        context.session, f"file_appeal:{application_id}", key, payload, insert_appeal
    )
    context.response.headers["Location"] = f"/v1/applications/{application_id}/appeals/{appeal_id}"
    return _answer_appeal(await context.session.get_one(models.Appeal, appeal_id), context.response)


@router.get("", summary="The appeals of an application")
async def list_appeals(
    application_id: UUID, caller: Reader, session: ReadOnlyTransaction
) -> list[AppealAnswer]:
    """The appeals in the order in which they were filed."""
    rows = await queries.appeals_of(session, application_id)
    return [AppealAnswer.model_validate(application) for application in rows]


@router.post("/{appeal_id}/registration", summary="The commission registers the appeal")
async def register_appeal(
    caller: CouncilOf,
    appeal_id: AppealId,
    body: AppealRegistrationRequest,
    context: RouteContext,
) -> AppealAnswer:
    """Within 7 working days of the filing; the appellant is informed of it."""
    body_with_actor = with_actor(body, caller)
    return _answer_appeal(
        await operations.register_appeal(
            context.session,
            appeal_id,
            body_with_actor,
            context.expected_revision,
            context.now,
            context.settings,
        ),
        context.response,
    )


@router.post("/{appeal_id}/hearing", summary="The commission calls a hearing")
async def set_appeal_hearing(
    caller: CouncilOf,
    appeal_id: AppealId,
    body: HearingRequest,
    context: RouteContext,
) -> AppealAnswer:
    """The appellant is notified at least 10 calendar days before the hearing."""
    body_with_actor = with_actor(body, caller)
    return _answer_appeal(
        await operations.set_appeal_hearing(
            context.session,
            appeal_id,
            body_with_actor,
            context.expected_revision,
            context.now,
            context.settings,
        ),
        context.response,
    )


@router.post("/{appeal_id}/decision", summary="The commission decides")
async def decide_appeal(
    caller: CouncilOf,
    appeal_id: AppealId,
    body: AppealDecisionRequest,
    context: RouteContext,
) -> AppealAnswer:
    """By the votes of the members; a satisfied appeal opens the application again."""
    body_with_actor = with_actor(body, caller)
    return _answer_appeal(
        await operations.decide_appeal(
            context.session,
            appeal_id,
            body_with_actor,
            context.expected_revision,
            context.now,
            context.settings,
        ),
        context.response,
    )


@router.post("/{appeal_id}/dispatch", summary="The decision went to the appellant")
async def send_appeal_decision(
    caller: CouncilOf,
    appeal_id: AppealId,
    body: DatedStepRequest,
    context: RouteContext,
) -> AppealAnswer:
    """Within 5 calendar days of the decision."""
    body_with_actor = with_actor(body, caller)
    return _answer_appeal(
        await operations.send_appeal_decision(
            context.session,
            appeal_id,
            body_with_actor,
            context.expected_revision,
            context.now,
            context.settings,
        ),
        context.response,
    )


@router.post("/{appeal_id}/execution", summary="The centre did what the decision asks for")
async def execute_appeal_decision(
    caller: CentreOf,
    appeal_id: AppealId,
    body: DatedStepRequest,
    context: RouteContext,
) -> AppealAnswer:
    """Within 45 calendar days of the decision."""
    body_with_actor = with_actor(body, caller)
    return _answer_appeal(
        await operations.execute_appeal_decision(
            context.session,
            appeal_id,
            body_with_actor,
            context.expected_revision,
            context.now,
            context.settings,
        ),
        context.response,
    )


@router.post("/{appeal_id}/withdrawal", summary="The appellant takes the appeal back")
async def withdraw_appeal(
    caller: Reader,
    appeal_id: AppealId,
    context: RouteContext,
    body: StepRequest | None = None,
) -> AppealAnswer:
    """Possible until the commission has decided."""
    body_with_actor = with_actor(body or StepRequest(), caller)
    return _answer_appeal(
        await operations.withdraw_appeal(
            context.session, appeal_id, body_with_actor, context.expected_revision, context.now
        ),
        context.response,
    )


def _answer_appeal(appeal: models.Appeal, response: Response) -> AppealAnswer:
    response.headers["ETag"] = etag(appeal.revision)
    return AppealAnswer.model_validate(appeal)
