"""The steps of the centre and the council."""

from uuid import UUID

from fastapi import APIRouter

from services.applications.access.dependencies import CentreOf, CouncilOf, RegistryOf, with_actor
from services.applications.application.schemas import StepRequest
from services.applications.decision import operations as decision_operations
from services.applications.decision.schemas import (
    DecisionRequest,
    DeliveryRequest,
    RegistryEntryRequest,
)
from services.applications.dossier.dependencies import DossierDesk
from services.applications.dossier.schemas import ApplicationAnswer
from services.applications.examination import operations as examination_operations
from services.applications.examination.schemas import (
    AppointmentRequest,
    DispatchRequest,
    ExaminationRequest,
)
from services.applications.review import operations
from services.applications.review.schemas import ReviewRequest, ReviewStartRequest
from shared.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/applications/{application_id}",
    tags=["procedure"],
    responses=problem_responses(404, 409, 412),
)


@router.post("/review-start", summary="Somebody of the centre takes the review")
async def begin_review(
    application_id: UUID,
    body: ReviewStartRequest,
    caller: CentreOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """Of two reviewers who try at once, one gets the review."""
    application = await operations.begin_review(
        context.session, application_id, body.reviewer, context.expected_revision, context.now
    )
    return await context.shown(application, caller)


@router.post("/review", summary="The centre admits, returns or declines")
async def record_review(
    application_id: UUID,
    body: ReviewRequest,
    caller: CentreOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """Admission needs all documents; a return needs remarks, declining needs a reason."""
    application = await operations.record_review(
        context.session,
        application_id,
        body,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/appointment", summary="Agree the examination's place and time, or others")
async def schedule_examination(
    application_id: UUID,
    body: AppointmentRequest,
    caller: CentreOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """Agreed with the applicant, and with the employer who referred the candidate."""
    body_with_actor = with_actor(body, caller)
    application = await examination_operations.schedule_examination(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/no-show", summary="The candidate did not appear")
async def record_no_show(
    application_id: UUID,
    caller: CentreOf,
    context: DossierDesk,
    body: StepRequest | None = None,
) -> ApplicationAnswer:
    """Another day is possible only where the contract provides for it."""
    body_with_actor = with_actor(body or StepRequest(), caller)
    application = await examination_operations.record_no_show(
        context.session, application_id, body_with_actor, context.expected_revision, context.now
    )
    return await context.shown(application, caller)


@router.post("/closure", summary="The end after a no-show")
async def close_application(
    application_id: UUID,
    caller: CentreOf,
    context: DossierDesk,
    body: StepRequest | None = None,
) -> ApplicationAnswer:
    """For a candidate who did not appear, where the contract gives no other day."""
    body_with_actor = with_actor(body or StepRequest(), caller)
    application = await examination_operations.close_application(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/examination", summary="The centre enters the commission's protocol")
async def record_examination(
    application_id: UUID,
    body: ExaminationRequest,
    caller: CentreOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """The scores decide; failing the theoretical part excludes from the practical one."""
    body_with_actor = with_actor(body, caller)
    application = await examination_operations.record_examination(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/dispatch", summary="The centre sends the file to the council")
async def send_to_council(
    application_id: UUID,
    body: DispatchRequest,
    caller: CentreOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """The centre sends the protocol, copies of documents and examination materials."""
    body_with_actor = with_actor(body, caller)
    application = await examination_operations.send_to_council(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/decision", summary="The council certifies or refuses")
async def decide_certification(
    application_id: UUID,
    body: DecisionRequest,
    caller: CouncilOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """No examiner takes part. A certificate is issued for a certified candidate."""
    body_with_actor = with_actor(body, caller)
    application = await decision_operations.decide_certification(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/delivery", summary="The person has the certificate or the statement")
async def hand_over_document(
    application_id: UUID,
    body: DeliveryRequest,
    caller: CentreOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """In person, by post, by a representative, or electronically."""
    body_with_actor = with_actor(body, caller)
    application = await decision_operations.hand_over_document(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)


@router.post("/registry-entry", summary="The registry has entered the result")
async def record_registry_entry(
    application_id: UUID,
    body: RegistryEntryRequest,
    caller: RegistryOf,
    context: DossierDesk,
) -> ApplicationAnswer:
    """Repeating the same entry changes nothing."""
    body_with_actor = with_actor(body, caller)
    application = await decision_operations.record_registry_entry(
        context.session,
        application_id,
        body_with_actor,
        context.expected_revision,
        context.now,
        context.settings,
    )
    return await context.shown(application, caller)
