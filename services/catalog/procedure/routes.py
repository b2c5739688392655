"""A qualification's draft and its withdrawal over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.catalog.procedure import operations
from services.catalog.procedure.dependencies import PUBLISHER, PublisherContext
from services.catalog.procedure.drafting import create_draft
from services.catalog.procedure.schemas import WithdrawalRequest
from services.catalog.qualification.answers import qualification_answer
from services.catalog.qualification.models import VersionId
from services.catalog.qualification.queries import get_version
from services.catalog.qualification.responses import (
    DraftBody,
    QualificationIdPath,
    created_version_answer,
)
from services.catalog.qualification.schemas import QualificationAnswer
from shared.idempotency import create_once
from shared.web.contents import add_headers
from shared.web.dependencies import IdempotencyKey
from shared.web.problem_documents import problem_responses

router = APIRouter(
    prefix="/v1/qualifications", tags=["qualifications"], dependencies=[Depends(PUBLISHER)]
)


@router.post(
    "",
    status_code=201,
    summary="Submit a draft",
    responses={201: add_headers("ETag"), **problem_responses(409)},
)
async def create_qualification(
    body: DraftBody,
    context: PublisherContext,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> QualificationAnswer:
    """A council's draft: version 1 of a new qualification.

    The same council, standard, name and level can exist only once.
    """

    async def create() -> UUID:
        return (await create_draft(context, body)).qualification_id

    request = body.model_dump_json().encode()
    qualification_id = await create_once(
        context.session, "create_qualification", idempotency_key, request, create
    )
    dated_version = await get_version(context.session, VersionId(qualification_id, 1))
    return created_version_answer(dated_version, context.today, response)


@router.post(
    "/{qualification_id}/withdraw", summary="Withdraw", responses=problem_responses(404, 409)
)
async def withdraw_qualification(
    qualification_id: QualificationIdPath, body: WithdrawalRequest, context: PublisherContext
) -> QualificationAnswer:
    """Ends a qualification from a day on: nobody can apply for it from then; certificates stay."""
    dated_version = await operations.withdraw_qualification(context, qualification_id, body)
    return qualification_answer(dated_version, context.today)
