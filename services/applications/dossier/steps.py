"""The steps of the centre and the council."""

from uuid import UUID

from fastapi import APIRouter

from services.applications.access.dependencies import CentreOf, CouncilOf, RegistryOf, signed
from services.applications.application.schemas import Recorded
from services.applications.decision import operations as decision_operations
from services.applications.decision.schemas import CouncilDecision, HandedOver, RegistryEntry
from services.applications.dossier.dependencies import DossierDesk
from services.applications.dossier.schemas import Application
from services.applications.examination import operations as examination_operations
from services.applications.examination.schemas import AppointmentMade, ExaminationProtocol, Sent
from services.applications.review import operations
from services.applications.review.schemas import ReviewResult, Taken
from shared.web.problems import responses

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
    desk: DossierDesk,
) -> Application:
    """Of two who try, one gets it."""
    row = await operations.begin_review(
        desk.session, application_id, body.reviewer, desk.expected, desk.now
    )
    return await desk.shown(row, caller)


@router.post("/review", summary="The centre admits, returns or declines")
async def enter_review(
    application_id: UUID,
    body: ReviewResult,
    caller: CentreOf,
    desk: DossierDesk,
) -> Application:
    """Admission needs all documents; a return needs remarks, declining a reason."""
    row = await operations.review(
        desk.session, application_id, body, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/appointment", summary="Agree the examination's place and time, or others")
async def schedule(
    application_id: UUID,
    body: AppointmentMade,
    caller: CentreOf,
    desk: DossierDesk,
) -> Application:
    """The employer who referred the candidate agrees, too."""
    told = signed(body, caller)
    row = await examination_operations.schedule(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/no-show", summary="The candidate did not appear")
async def record_no_show(
    application_id: UUID,
    caller: CentreOf,
    desk: DossierDesk,
    body: Recorded | None = None,
) -> Application:
    """Another day is possible as the contract provides."""
    told = signed(body or Recorded(), caller)
    row = await examination_operations.record_no_show(
        desk.session, application_id, told, desk.expected, desk.now
    )
    return await desk.shown(row, caller)


@router.post("/closure", summary="The end after a no-show")
async def close(
    application_id: UUID,
    caller: CentreOf,
    desk: DossierDesk,
    body: Recorded | None = None,
) -> Application:
    """Where the contract gives no other day."""
    told = signed(body or Recorded(), caller)
    row = await examination_operations.close(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/examination", summary="The centre enters the commission's protocol")
async def record_examination(
    application_id: UUID,
    body: ExaminationProtocol,
    caller: CentreOf,
    desk: DossierDesk,
) -> Application:
    """The scores decide; the theoretical part decides admission to the practical one."""
    told = signed(body, caller)
    row = await examination_operations.record_examination(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/dispatch", summary="The centre sends the file to the council")
async def send_to_council(
    application_id: UUID,
    body: Sent,
    caller: CentreOf,
    desk: DossierDesk,
) -> Application:
    """Protocol, copies and materials."""
    told = signed(body, caller)
    row = await examination_operations.send_to_council(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/decision", summary="The council certifies or refuses")
async def decide(
    application_id: UUID,
    body: CouncilDecision,
    caller: CouncilOf,
    desk: DossierDesk,
) -> Application:
    """Nobody who examined takes part. A certificate is issued for a certified candidate."""
    told = signed(body, caller)
    row = await decision_operations.decide(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/delivery", summary="The person has the certificate or the statement")
async def hand_over(
    application_id: UUID,
    body: HandedOver,
    caller: CentreOf,
    desk: DossierDesk,
) -> Application:
    """In person, by post, by a representative, or electronically."""
    told = signed(body, caller)
    row = await decision_operations.hand_over(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)


@router.post("/registry-entry", summary="The registry has entered the result")
async def enter_in_registry(
    application_id: UUID,
    body: RegistryEntry,
    caller: RegistryOf,
    desk: DossierDesk,
) -> Application:
    """Entering the same again changes nothing."""
    told = signed(body, caller)
    row = await decision_operations.enter_in_registry(
        desk.session, application_id, told, desk.expected, desk.now, desk.settings
    )
    return await desk.shown(row, caller)
