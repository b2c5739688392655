"""Appeals against the centre and the council (238-FZ, art. 4(6); order 701n)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.applications import models
from services.applications.operations import appeals
from services.applications.queries import dossiers
from services.applications.routes.access import CentreOf, CouncilOf, Reader
from services.applications.routes.answers import ServiceSettings, signed
from services.applications.schemas.appeals import (
    Appeal,
    AppealDecision,
    Dated,
    Hearing,
    NewAppeal,
    Registered,
)
from services.applications.schemas.procedure import Recorded
from shared.errors import NotFound
from shared.http import ExpectedVersion, Now, Reading, Transaction, etag
from shared.idempotency import IdempotencyKey, once
from shared.problems import responses

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
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
    response: Response,
    key: IdempotencyKey = None,
) -> Appeal:
    """On one of the law's grounds, within 30 days of being informed of the results."""

    async def perform() -> UUID:
        return await appeals.file(session, application_id, body, now, settings)

    said = body.model_dump_json().encode()
    made = await once(session, f"file_appeal:{application_id}", key, said, perform)
    response.headers["Location"] = f"/v1/applications/{application_id}/appeals/{made}"
    return _shown(await session.get_one(models.Appeal, made), response)


@router.get("", summary="The appeals of an application")
async def find(application_id: UUID, caller: Reader, session: Reading) -> list[Appeal]:
    """In the order in which they were filed."""
    row = await dossiers.application(session, application_id)
    dossier = await dossiers.dossier(session, row)
    return [Appeal.model_validate(one) for one in dossier.appeals]


@router.post("/{appeal_id}/registration", summary="The commission registers the appeal")
async def register(
    caller: CouncilOf,
    appeal: Of,
    body: Registered,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Appeal:
    """Within 7 working days; the appellant is told."""
    told = signed(body, caller)
    return _shown(await appeals.register(session, appeal, told, expected, now, settings), response)


@router.post("/{appeal_id}/hearing", summary="The commission calls a hearing")
async def set_hearing(
    caller: CouncilOf,
    appeal: Of,
    body: Hearing,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Appeal:
    """The appellant is told at least 10 calendar days before."""
    told = signed(body, caller)
    return _shown(
        await appeals.set_hearing(session, appeal, told, expected, now, settings), response
    )


@router.post("/{appeal_id}/decision", summary="The commission decides")
async def decide(
    caller: CouncilOf,
    appeal: Of,
    body: AppealDecision,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Appeal:
    """By the votes of the members; a satisfied appeal opens the application again."""
    told = signed(body, caller)
    return _shown(await appeals.decide(session, appeal, told, expected, now, settings), response)


@router.post("/{appeal_id}/dispatch", summary="The decision went to the appellant")
async def send(
    caller: CouncilOf,
    appeal: Of,
    body: Dated,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Appeal:
    """Within 5 calendar days."""
    told = signed(body, caller)
    return _shown(await appeals.send(session, appeal, told, expected, now, settings), response)


@router.post("/{appeal_id}/execution", summary="The centre did what the decision asks for")
async def execute(
    caller: CentreOf,
    appeal: Of,
    body: Dated,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    settings: ServiceSettings,
    response: Response,
) -> Appeal:
    """Within 45 calendar days."""
    told = signed(body, caller)
    return _shown(await appeals.execute(session, appeal, told, expected, now, settings), response)


@router.post("/{appeal_id}/withdrawal", summary="The appellant takes the appeal back")
async def withdraw(
    caller: Reader,
    appeal: Of,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    response: Response,
    body: Recorded | None = None,
) -> Appeal:
    """Before it is decided."""
    told = signed(body or Recorded(), caller)
    return _shown(await appeals.withdraw(session, appeal, told, expected, now), response)


def _shown(row: models.Appeal, response: Response) -> Appeal:
    response.headers["ETag"] = etag(row.revision)
    return Appeal.model_validate(row)
