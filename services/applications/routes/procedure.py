"""The steps of the centre and the council."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.applications.operations import decision, examination, review
from services.applications.routes.access import CentreOf, CouncilOf, RegistryOf
from services.applications.routes.answers import ServiceSettings, answer, signed
from services.applications.schemas.answers import Application
from services.applications.schemas.procedure import (
    AppointmentMade,
    CouncilDecision,
    ExaminationProtocol,
    HandedOver,
    Recorded,
    RegistryEntry,
    ReviewResult,
    Sent,
    Taken,
)
from shared.http import ExpectedVersion, Now, Transaction
from shared.problems import responses

router = APIRouter(
    prefix="/v1/applications/{application_id}",
    tags=["procedure"],
    responses=responses(404, 409, 412),
)


@router.post("/review-start", summary="Somebody of the centre takes the review")
async def begin_review(
    application_id: UUID,
    body: Taken,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    request: Request,
    response: Response,
) -> Application:
    """Of two who try, one gets it."""
    row = await review.begin_review(session, application_id, body.reviewer, expected, now)
    return await answer(session, row, response, request, caller)


@router.post("/review", summary="The centre admits, returns or declines")
async def enter_review(
    application_id: UUID,
    body: ReviewResult,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """Admission needs all documents; a return needs remarks, declining a reason."""
    row = await review.review(session, application_id, body, expected, now, settings)
    return await answer(session, row, response, request, caller)


@router.post("/appointment", summary="Agree the examination's place and time, or others")
async def schedule(
    application_id: UUID,
    body: AppointmentMade,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """The employer who referred the candidate agrees, too."""
    told = signed(body, caller)
    row = await examination.schedule(session, application_id, told, expected, now, settings)
    return await answer(session, row, response, request, caller)


@router.post("/no-show", summary="The candidate did not appear")
async def record_no_show(
    application_id: UUID,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    request: Request,
    response: Response,
    body: Recorded | None = None,
) -> Application:
    """Another day is possible as the contract provides."""
    told = signed(body or Recorded(), caller)
    row = await examination.record_no_show(session, application_id, told, expected, now)
    return await answer(session, row, response, request, caller)


@router.post("/closure", summary="The end after a no-show")
async def close(
    application_id: UUID,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
    body: Recorded | None = None,
) -> Application:
    """Where the contract gives no other day."""
    told = signed(body or Recorded(), caller)
    row = await examination.close(session, application_id, told, expected, now, settings)
    return await answer(session, row, response, request, caller)


@router.post("/examination", summary="The centre enters the commission's protocol")
async def record_examination(
    application_id: UUID,
    body: ExaminationProtocol,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """The scores decide; the theoretical part decides admission to the practical one."""
    told = signed(body, caller)
    row = await examination.record_examination(
        session, application_id, told, expected, now, settings
    )
    return await answer(session, row, response, request, caller)


@router.post("/dispatch", summary="The centre sends the file to the council")
async def send_to_council(
    application_id: UUID,
    body: Sent,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """Protocol, copies and materials."""
    told = signed(body, caller)
    row = await examination.send_to_council(session, application_id, told, expected, now, settings)
    return await answer(session, row, response, request, caller)


@router.post("/decision", summary="The council certifies or refuses")
async def decide(
    application_id: UUID,
    body: CouncilDecision,
    caller: CouncilOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """Nobody who examined takes part. A certificate is issued for a certified candidate."""
    told = signed(body, caller)
    row = await decision.decide(session, application_id, told, expected, now, settings)
    return await answer(session, row, response, request, caller)


@router.post("/delivery", summary="The person has the certificate or the statement")
async def hand_over(
    application_id: UUID,
    body: HandedOver,
    caller: CentreOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """In person, by post, by a representative, or electronically."""
    told = signed(body, caller)
    row = await decision.hand_over(session, application_id, told, expected, now, settings)
    return await answer(session, row, response, request, caller)


@router.post("/registry-entry", summary="The registry has entered the result")
async def enter_in_registry(
    application_id: UUID,
    body: RegistryEntry,
    caller: RegistryOf,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> Application:
    """Entering the same again changes nothing."""
    told = signed(body, caller)
    row = await decision.enter_in_registry(session, application_id, told, expected, now, settings)
    return await answer(session, row, response, request, caller)
