"""The steps of the procedure."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.applications.operations import procedure
from services.applications.routes.answers import ServiceSettings, answer
from services.applications.schemas import (
    Application,
    CouncilDecision,
    ExaminationProtocol,
    Recorded,
    ReviewResult,
)
from shared.http import ExpectedVersion, Now, Transaction
from shared.problems import responses

router = APIRouter(
    prefix="/v1/applications/{application_id}",
    tags=["procedure"],
    responses=responses(404, 409, 412),
)


@router.post("/review", summary="The centre admits or returns")
async def review(
    application_id: UUID,
    body: ReviewResult,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Application:
    """Admission needs all documents; a return needs remarks."""
    row = await procedure.review(session, application_id, body, expected, now, settings)
    return await answer(session, row, response)


@router.post("/resubmission", summary="The applicant brings what was missing")
async def resubmit(
    application_id: UUID,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    response: Response,
    body: Recorded | None = None,
) -> Application:
    """A returned application goes to review again."""
    actor = body.actor if body else None
    row = await procedure.resubmit(session, application_id, actor, expected, now)
    return await answer(session, row, response)


@router.post("/withdrawal", summary="The applicant takes the application back")
async def withdraw(
    application_id: UUID,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    response: Response,
    body: Recorded | None = None,
) -> Application:
    """Possible until the examination."""
    actor = body.actor if body else None
    row = await procedure.withdraw(session, application_id, actor, expected, now)
    return await answer(session, row, response)


@router.post("/examination", summary="The centre enters the commission's protocol")
async def record_examination(
    application_id: UUID,
    body: ExaminationProtocol,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Application:
    """The theoretical part decides admission to the practical one."""
    row = await procedure.record_examination(session, application_id, body, expected, now, settings)
    return await answer(session, row, response)


@router.post("/decision", summary="The council certifies or refuses")
async def decide(
    application_id: UUID,
    body: CouncilDecision,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Application:
    """Nobody who examined takes part. A certificate is issued for a certified candidate."""
    row = await procedure.decide(session, application_id, body, expected, now, settings)
    return await answer(session, row, response)
