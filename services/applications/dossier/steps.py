"""The steps of the centre, the council and the registry: routes and forms run the same ones."""

from fastapi import APIRouter

from services.applications.access.dependencies import ApplicationGuard
from services.applications.application.schemas import StepRequest
from services.applications.application.values import ApplicationId
from services.applications.decision.operations import decide_certification, hand_over_document
from services.applications.decision.registry_entries import record_registry_entry
from services.applications.decision.schemas import (
    DecisionRequest,
    DeliveryRequest,
    RegistryEntryRequest,
)
from services.applications.dossier.dependencies import answer_step
from services.applications.examination.operations import (
    close_application,
    record_examination,
    record_no_show,
    schedule_examination,
    send_to_council,
)
from services.applications.examination.schemas import (
    AppointmentRequest,
    DispatchRequest,
    ExaminationRequest,
)
from services.applications.review.operations import begin_review, record_review
from services.applications.review.schemas import ReviewRequest, ReviewStartRequest
from shared.principal import Scope
from shared.web.problem_documents import problem_responses
from shared.web.steps import Step, StepTarget, add_step_routes

STEPS = {
    "begin-review": Step(
        run=begin_review,
        body=ReviewStartRequest,
        scopes=[Scope.PROCESS],
        summary="Somebody of the centre takes the review",
        description="Of two reviewers who try at once, one gets the review.",
    ),
    "review": Step(
        run=record_review,
        body=ReviewRequest,
        scopes=[Scope.PROCESS],
        summary="The centre admits, returns or declines",
        description="Admission needs all documents; a return needs remarks, declining needs a "
        "reason.",
    ),
    "schedule": Step(
        run=schedule_examination,
        body=AppointmentRequest,
        scopes=[Scope.PROCESS],
        summary="Agree the examination's place and time, or others",
        description="Agreed with the applicant, and with the employer who referred the candidate.",
    ),
    "record-no-show": Step(
        run=record_no_show,
        body=StepRequest,
        body_optional=True,
        scopes=[Scope.PROCESS],
        summary="The candidate did not appear",
        description="Another day is possible only where the contract provides for it.",
    ),
    "close": Step(
        run=close_application,
        body=StepRequest,
        body_optional=True,
        scopes=[Scope.PROCESS],
        summary="The end after a no-show",
        description="For a candidate who did not appear, where the contract gives no other day.",
    ),
    "record-examination": Step(
        run=record_examination,
        body=ExaminationRequest,
        scopes=[Scope.PROCESS],
        summary="The centre enters the commission's protocol",
        description="The scores decide; failing the theoretical part excludes from the practical "
        "one.",
    ),
    "send-to-council": Step(
        run=send_to_council,
        body=DispatchRequest,
        scopes=[Scope.PROCESS],
        summary="The centre sends the file to the council",
        description="The centre sends the protocol, copies of documents and examination materials.",
    ),
    "decide": Step(
        run=decide_certification,
        body=DecisionRequest,
        scopes=[Scope.DECIDE],
        summary="The council certifies or refuses",
        description="No examiner takes part. A certificate is issued for a certified candidate.",
    ),
    "hand-over": Step(
        run=hand_over_document,
        body=DeliveryRequest,
        scopes=[Scope.PROCESS],
        summary="The person has the certificate or the statement",
        description="In person, by post, by a representative, or electronically.",
    ),
    "record-registry-entry": Step(
        run=record_registry_entry,
        body=RegistryEntryRequest,
        scopes=[Scope.FEED, Scope.OPERATE],
        summary="The registry has entered the result",
        description="Repeating the same entry changes nothing.",
    ),
}
"""Each step by the last part of its address, its verb."""

router = APIRouter(
    prefix="/v1/applications/{application_id}",
    tags=["procedure"],
    responses=problem_responses(404, 409, 412),
)
add_step_routes(
    router, STEPS, StepTarget("application_id", ApplicationId), answer_step, guard=ApplicationGuard
)
