"""Appeals against the centre and the council (238-FZ, art. 4(6); order 701n)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.applications.access.dependencies import CentreOf, CouncilOf, Desk, Reader, signed
from services.applications.appeals import models, operations, queries
from services.applications.appeals.schemas import (
    Appeal,
    AppealDecision,
    Dated,
    Hearing,
    NewAppeal,
    Registered,
)
from services.applications.application.schemas import Recorded
from shared.errors import NotFound
from shared.idempotency import once
from shared.web.conditional import etag
from shared.web.dependencies import IdempotencyKey, Reading, Transaction
from shared.web.problems import responses

router = APIRouter(
    prefix="/v1/applications/{application_id}/appeals",
    tags=["appeals"],
    responses=responses(404, 409, 412),
)


async def _of_application(application_id: UUID, appeal_id: UUID, session: Transaction) -> UUID:
    known = await session.get(models.Appeal, appeal_id)
    if known is None or known.application_id != application_id:
        raise NotFound("appeal.unknown", f"The application has no appeal {appeal_id}.")
    return appeal_id


Of = Annotated[UUID, Depends(_of_application)]


@router.post("", status_code=201, summary="File an appeal")
async def file(
    application_id: UUID,
    body: NewAppeal,
    caller: Reader,
    desk: Desk,
    key: IdempotencyKey = None,
) -> Appeal:
    """On one of the law's grounds, within 30 days of being informed of the results."""

    async def perform() -> UUID:
        return await operations.file(desk.session, application_id, body, desk.now, desk.settings)

    said = body.model_dump_json().encode()
    made = await once(desk.session, f"file_appeal:{application_id}", key, said, perform)
    desk.response.headers["Location"] = f"/v1/applications/{application_id}/appeals/{made}"
    return _shown(await desk.session.get_one(models.Appeal, made), desk.response)


@router.get("", summary="The appeals of an application")
async def find(application_id: UUID, caller: Reader, session: Reading) -> list[Appeal]:
    """In the order in which they were filed."""
    rows = await queries.appeals_of(session, application_id)
    return [Appeal.model_validate(row) for row in rows]


@router.post("/{appeal_id}/registration", summary="The commission registers the appeal")
async def register(
    caller: CouncilOf,
    appeal: Of,
    body: Registered,
    desk: Desk,
) -> Appeal:
    """Within 7 working days; the appellant is told."""
    told = signed(body, caller)
    return _shown(
        await operations.register(
            desk.session, appeal, told, desk.expected, desk.now, desk.settings
        ),
        desk.response,
    )


@router.post("/{appeal_id}/hearing", summary="The commission calls a hearing")
async def set_hearing(
    caller: CouncilOf,
    appeal: Of,
    body: Hearing,
    desk: Desk,
) -> Appeal:
    """The appellant is told at least 10 calendar days before."""
    told = signed(body, caller)
    return _shown(
        await operations.set_hearing(
            desk.session, appeal, told, desk.expected, desk.now, desk.settings
        ),
        desk.response,
    )


@router.post("/{appeal_id}/decision", summary="The commission decides")
async def decide(
    caller: CouncilOf,
    appeal: Of,
    body: AppealDecision,
    desk: Desk,
) -> Appeal:
    """By the votes of the members; a satisfied appeal opens the application again."""
    told = signed(body, caller)
    return _shown(
        await operations.decide(desk.session, appeal, told, desk.expected, desk.now, desk.settings),
        desk.response,
    )


@router.post("/{appeal_id}/dispatch", summary="The decision went to the appellant")
async def send(
    caller: CouncilOf,
    appeal: Of,
    body: Dated,
    desk: Desk,
) -> Appeal:
    """Within 5 calendar days."""
    told = signed(body, caller)
    return _shown(
        await operations.send(desk.session, appeal, told, desk.expected, desk.now, desk.settings),
        desk.response,
    )


@router.post("/{appeal_id}/execution", summary="The centre did what the decision asks for")
async def execute(
    caller: CentreOf,
    appeal: Of,
    body: Dated,
    desk: Desk,
) -> Appeal:
    """Within 45 calendar days."""
    told = signed(body, caller)
    return _shown(
        await operations.execute(
            desk.session, appeal, told, desk.expected, desk.now, desk.settings
        ),
        desk.response,
    )


@router.post("/{appeal_id}/withdrawal", summary="The appellant takes the appeal back")
async def withdraw(
    caller: Reader,
    appeal: Of,
    desk: Desk,
    body: Recorded | None = None,
) -> Appeal:
    """Before it is decided."""
    told = signed(body or Recorded(), caller)
    return _shown(
        await operations.withdraw(desk.session, appeal, told, desk.expected, desk.now),
        desk.response,
    )


def _shown(row: models.Appeal, response: Response) -> Appeal:
    response.headers["ETag"] = etag(row.revision)
    return Appeal.model_validate(row)
