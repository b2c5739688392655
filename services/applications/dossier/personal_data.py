"""A person's own export, and the withdrawal of consent, over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.applications.access import operations as access_operations
from services.applications.access.dependencies import Party
from services.applications.access.schemas import Looked
from services.applications.application import queries
from services.applications.dossier.dependencies import DossierDesk, answer
from services.applications.dossier.schemas import Application, PersonalData, Step
from services.applications.intake import queries as intake_queries
from services.applications.retention import operations
from shared.web.dependencies import Reading
from shared.web.problems import responses

router = APIRouter(prefix="/v1/applications/{application_id}", tags=["personal data"])


@router.post("/consent-withdrawal", summary="Take the consent back", responses=responses(404))
async def withdraw_consent(
    application_id: UUID,
    caller: Party,
    desk: DossierDesk,
) -> Application:
    """Before the examination the application ends and its file is erased.

    Afterwards the law itself asks for the file: it is kept for its term.
    """
    row = await operations.withdraw_consent(desk.session, application_id, desk.now, desk.settings)
    return await desk.shown(row, caller)


@router.get("/personal-data", summary="All that is held of the person", responses=responses(404))
async def export(
    application_id: UUID,
    caller: Party,
    session: Reading,
    request: Request,
    response: Response,
) -> PersonalData:
    """For the person, or for the centre that answers them."""
    row = await queries.application(session, application_id)
    consent = await intake_queries.consent_of(session, row.id)
    return PersonalData(
        application=await answer(session, row, response, request, caller),
        consent=consent and consent.model_dump(mode="json"),
        history=[Step.model_validate(one) for one in await queries.history(session, row.id)],
        readings=[
            Looked.model_validate(one) for one in await access_operations.of(session, row.id)
        ],
    )
