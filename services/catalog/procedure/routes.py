"""Qualifications drafted and withdrawn, over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.catalog.procedure import drafting, operations
from services.catalog.procedure.schemas import Withdraw
from services.catalog.qualification import answers, queries
from services.catalog.qualification import responses as qualification_responses
from services.catalog.qualification.responses import Draft
from services.catalog.qualification.schemas import Qualification
from shared.idempotency import once
from shared.principal import Scope
from shared.web.dependencies import IdempotencyKey, Now, Today, Transaction
from shared.web.guards import AllowWrites
from shared.web.problems import responses

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


@router.post("", status_code=201, summary="Submit a draft", responses=responses(409))
async def create(
    body: Draft,
    session: Transaction,
    now: Now,
    today: Today,
    response: Response,
    key: IdempotencyKey = None,
) -> Qualification:
    """A council's draft: version 1 of a new qualification.

    The same council, standard, name and level can exist only once.
    """

    async def perform() -> UUID:
        return await drafting.create_draft(session, body, now)

    request = body.model_dump_json().encode()
    qualification_id = await once(session, "create_qualification", key, request, perform)
    standing = await queries.standing(session, qualification_id, 1)
    response.headers["Location"] = f"/v1/qualifications/{qualification_id}/versions/1"
    response.headers["ETag"] = qualification_responses.tag(standing, today)
    return answers.qualification(standing, today)


@router.post("/{qualification_id}/withdraw", summary="Withdraw", responses=responses(404, 409))
async def withdraw(
    qualification_id: UUID, body: Withdraw, session: Transaction, now: Now, today: Today
) -> Qualification:
    """Ends a qualification from a day on: nobody can apply for it from then; certificates stay."""
    standing = await operations.withdraw(session, qualification_id, body, today=today, now=now)
    return answers.qualification(standing, today)
