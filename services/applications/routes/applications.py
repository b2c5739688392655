"""Submitting and reading applications."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.applications import queries
from services.applications.lifecycle.requirements import Check
from services.applications.lifecycle.status import Status
from services.applications.operations import intake
from services.applications.routes.answers import ServiceSettings, answer
from services.applications.schemas import Application, ApplicationSummary, NewApplication, Step
from shared.http import Now, Reading, Transaction, etag
from shared.idempotency import IdempotencyKey, once
from shared.paging import Cursor, Limit, Page
from shared.problems import responses

router = APIRouter(prefix="/v1/applications", tags=["applications"])


@router.post("", status_code=201, summary="Submit an application")
async def submit(
    body: NewApplication,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
    response: Response,
    key: IdempotencyKey = None,
) -> Application:
    """An application for a published qualification; the answer says which documents to bring."""

    async def perform() -> UUID:
        return await intake.submit(session, body, now, settings)

    request = body.model_dump_json().encode()
    application_id = await once(session, "submit_application", key, request, perform)
    response.headers["Location"] = f"/v1/applications/{application_id}"
    return await answer(session, await queries.application(session, application_id), response)


@router.get("", summary="List, the longest waiting first")
async def find(
    session: Reading,
    status: Status | None = None,
    qualification_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ApplicationSummary]:
    """Applications without birth dates and contacts."""
    wanted = queries.Filter(status, qualification_id)
    rows, following = await queries.applications(session, wanted, cursor, limit)
    items = [ApplicationSummary.model_validate(row) for row in rows]
    return Page[ApplicationSummary](items=items, next=following)


@router.get("/{application_id}", summary="One application", responses=responses(404))
async def get(application_id: UUID, session: Reading, response: Response) -> Application:
    """All that the procedure knows, and the check of the documents."""
    return await answer(session, await queries.application(session, application_id), response)


@router.get("/{application_id}/check", summary="What is missing", responses=responses(404))
async def check(application_id: UUID, session: Reading, response: Response) -> Check:
    """The documents held against the qualification's rule tree, branch by branch."""
    row = await queries.application(session, application_id)
    response.headers["ETag"] = etag(row.revision)
    return (await queries.dossier(session, row)).check()


@router.get("/{application_id}/history", summary="What was done", responses=responses(404))
async def history(application_id: UUID, session: Reading) -> list[Step]:
    """Every change of status, oldest first."""
    await queries.application(session, application_id)
    return [Step.model_validate(row) for row in await queries.history(session, application_id)]
