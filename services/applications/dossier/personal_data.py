"""A person's own export, and the withdrawal of consent, over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.applications.access import operations as access_operations
from services.applications.access.dependencies import Party
from services.applications.access.schemas import DisclosureAnswer
from services.applications.application import queries
from services.applications.dossier.dependencies import DossierDesk, answer_application
from services.applications.dossier.schemas import ApplicationAnswer, HistoryAnswer, PersonalData
from services.applications.intake import queries as intake_queries
from services.applications.retention import operations
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.problems import problem_responses

router = APIRouter(prefix="/v1/applications/{application_id}", tags=["personal data"])


@router.post(
    "/consent-withdrawal", summary="Take the consent back", responses=problem_responses(404)
)
async def withdraw_consent(
    application_id: UUID,
    caller: Party,
    context: DossierDesk,
) -> ApplicationAnswer:
    """Before the examination the application ends and its file is erased.

    After it the law itself requires the file: it is kept for its term.
    """
    application = await operations.withdraw_consent(
        context.session, application_id, context.now, context.settings
    )
    return await context.shown(application, caller)


@router.get(
    "/personal-data", summary="All that is held of the person", responses=problem_responses(404)
)
async def export_personal_data(
    application_id: UUID,
    caller: Party,
    session: ReadOnlyTransaction,
    request: Request,
    response: Response,
) -> PersonalData:
    """For the person, or for the centre that answers the person's request."""
    application = await queries.get_application(session, application_id)
    consent = await intake_queries.consent_of(session, application.id)
    return PersonalData(
        application=await answer_application(session, application, response, request, caller),
        consent=consent and consent.model_dump(mode="json"),
        history=[
            HistoryAnswer.model_validate(record)
            for record in await queries.list_history(session, application.id)
        ],
        disclosures=[
            DisclosureAnswer.model_validate(record)
            for record in await access_operations.list_disclosures(session, application.id)
        ],
    )
