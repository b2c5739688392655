"""Qualifications over HTTP: drafted, listed, read as of a day, withdrawn."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.catalog.procedure import drafting, operations
from services.catalog.procedure.schemas import WithdrawalRequest
from services.catalog.qualification import answers, queries
from services.catalog.qualification.responses import DraftBody, version_tag
from services.catalog.qualification.schemas import QualificationAnswer
from shared.idempotency import create_once
from shared.principal import Scope
from shared.web.dependencies import IdempotencyKey, Now, Today, Transaction
from shared.web.guards import AllowWrites
from shared.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


@router.post("", status_code=201, summary="Submit a draft", responses=problem_responses(409))
async def create_qualification(
    body: DraftBody,
    session: Transaction,
    now: Now,
    today: Today,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> QualificationAnswer:
    """A council's draft: version 1 of a new qualification.

    The same council, standard, name and level can exist only once.
    """

    async def perform() -> UUID:
        return await drafting.create_draft(session, body, now)

    request = body.model_dump_json().encode()
    qualification_id = await create_once(
        session, "create_qualification", idempotency_key, request, perform
    )
    dated_version = await queries.get_version(session, qualification_id, 1)
    response.headers["Location"] = f"/v1/qualifications/{qualification_id}/versions/1"
    response.headers["ETag"] = version_tag(dated_version, today)
    return answers.qualification_answer(dated_version, today)


@router.post(
    "/{qualification_id}/withdraw", summary="Withdraw", responses=problem_responses(404, 409)
)
async def withdraw_qualification(
    qualification_id: UUID, body: WithdrawalRequest, session: Transaction, now: Now, today: Today
) -> QualificationAnswer:
    """Ends a qualification from a day on: nobody can apply for it from then; certificates stay."""
    dated_version = await operations.withdraw_qualification(
        session, qualification_id, body, today=today, now=now
    )
    return answers.qualification_answer(dated_version, today)
