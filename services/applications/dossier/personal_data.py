"""A person's own export, and the withdrawal of consent, over HTTP."""

from fastapi import APIRouter, Request, Response

from services.applications.access.dependencies import Party
from services.applications.access.operations import list_disclosures
from services.applications.access.schemas import DisclosureAnswer
from services.applications.application.queries import get_application, list_history
from services.applications.application.values import ApplicationId
from services.applications.dossier.dependencies import answer_application, answer_step
from services.applications.dossier.schemas import ApplicationAnswer, HistoryAnswer, PersonalData
from services.applications.intake.queries import get_consent
from services.applications.intake.schemas import ConsentAnswer
from services.applications.retention import operations
from shared.web.contents import add_headers
from shared.web.context import UnconditionalRequest
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/applications/{application_id}", tags=["personal data"])


@router.post(
    "/withdraw-consent",
    summary="Take the consent back",
    responses={200: add_headers("ETag"), **problem_responses(404, 409)},
)
async def withdraw_consent(
    application_id: ApplicationId, caller: Party, request_context: UnconditionalRequest
) -> ApplicationAnswer:
    """Before the examination the application ends and its file is erased.

    After it the law itself requires the file: it is kept for its term.
    """
    context = request_context.command_context(caller.subject)
    application = await operations.withdraw_consent(context, application_id)
    return await answer_step(application, request_context, caller)


@router.get(
    "/personal-data", summary="All that is held of the person", responses=problem_responses(404)
)
async def export_personal_data(
    application_id: ApplicationId,
    caller: Party,
    session: ReadOnlyTransaction,
    request: Request,
    response: Response,
) -> PersonalData:
    """For the person, or for the centre that answers the person's request."""
    application = await get_application(session, application_id)
    consent = await get_consent(session, application.id)
    return PersonalData(
        application=await answer_application(session, application, response, request, caller),
        consent=consent and ConsentAnswer.model_validate(consent),
        history=[
            HistoryAnswer.model_validate(record)
            for record in await list_history(session, application.id)
        ],
        disclosures=[
            DisclosureAnswer.model_validate(record)
            for record in await list_disclosures(session, application.id)
        ],
    )
