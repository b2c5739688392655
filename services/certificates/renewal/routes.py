"""Capacities of renewal, and windows that a council moves, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.certificates.access.dependencies import Command, Council, ServiceSettings
from services.certificates.access.policy import get_own_council
from services.certificates.certificate.dependencies import PathQualificationId
from services.certificates.renewal import capacity, pull_forward, queries
from services.certificates.renewal.models import RenewalCapacity
from services.certificates.renewal.schemas import (
    PullForwardAnswer,
    PullForwardPreviewAnswer,
    PullForwardRequest,
    PullForwardSelection,
    RenewalCapacityAnswer,
    RenewalCapacityRequest,
)
from shared.context import command_context
from shared.councils import council_key
from shared.errors import NotFound
from shared.idempotency import create_once
from shared.paging import Page
from shared.principal import Principal, Scope
from shared.web.conditional import etag
from shared.web.contents import omit_headers
from shared.web.dependencies import (
    ExpectedVersion,
    IdempotencyKey,
    Now,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
)
from shared.web.guards import Allow
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["renewal"])
_CAPACITY_PATH = "/qualifications/{qualification_id}/renewal-capacity"


async def _check_council(
    session: ReadOnlyTransaction, caller: Principal, qualification_id: UUID
) -> str:
    """The caller's council, which owns the qualification.

    Raises `Forbidden` for a caller of no council, `NotFound` for another's qualification.
    """
    council = get_own_council(caller)
    owner = await capacity.find_council(session, qualification_id)
    if owner is None or council_key(owner) != council_key(council):
        raise NotFound("renewal.qualification_unknown", "Your council has no such certificates.")
    return council


@router.get(_CAPACITY_PATH, summary="How many renewals a day", responses=problem_responses(404))
async def get_renewal_capacity(
    qualification_id: PathQualificationId,
    caller: Council,
    session: ReadOnlyTransaction,
    response: Response,
) -> RenewalCapacityAnswer:
    """What its council states, or what is measured. The council's own only; `ETag` for a change."""
    await _check_council(session, caller, qualification_id)
    row = await capacity.get_capacity(session, qualification_id)
    return _answer_capacity(row, response)


@router.put(
    _CAPACITY_PATH,
    summary="State how many renewals a day",
    responses=problem_responses(404, 409, 412),
)
async def declare_renewal_capacity(
    qualification_id: PathQualificationId,
    body: RenewalCapacityRequest,
    caller: Council,
    expected_revision: ExpectedVersion,
    command: Command,
    response: Response,
) -> RenewalCapacityAnswer:
    """Windows are spread by it from now on; those that were given stay."""
    await _check_council(command.session, caller, qualification_id)
    context = command.by(caller, expected_revision)
    row = await capacity.declare_capacity(context, qualification_id, body.places_per_day)
    return _answer_capacity(row, response)


def _answer_capacity(row: RenewalCapacity, response: Response) -> RenewalCapacityAnswer:
    response.headers["ETag"] = etag(row.revision)
    places_per_day = row.measured_places if row.declared_places is None else row.declared_places
    return RenewalCapacityAnswer(places_per_day=places_per_day, **row.model_dump())


@router.post(
    "/renewal-windows/pull-forwards/preview",
    summary="How many windows an act would move",
    responses=problem_responses(404),
)
async def preview_pull_forward(
    body: PullForwardSelection,
    caller: Council,
    session: ReadOnlyTransaction,
    now: Now,
    settings: ServiceSettings,
) -> PullForwardPreviewAnswer:
    """Of the live certificates of one qualification that end within the days. Nothing changes."""
    await _check_council(session, caller, body.qualification_id)
    context = command_context(session, now, settings, caller.subject)
    return PullForwardPreviewAnswer(count=await pull_forward.count_cohort(context, body))


@router.post(
    "/renewal-windows/pull-forwards",
    summary="Move the windows of a cohort",
    status_code=201,
    responses={201: omit_headers("Location"), **problem_responses(404, 409)},
)
async def pull_windows_forward(
    body: PullForwardRequest,
    caller: Council,
    command: Command,
    idempotency_key: IdempotencyKey = None,
) -> PullForwardAnswer:
    """All of them or none; as many as the preview showed. Who acted and why is kept."""
    council = await _check_council(command.session, caller, body.qualification_id)

    async def move_windows() -> UUID:
        act = await pull_forward.pull_windows_forward(command.by(caller), council, body)
        return act.id

    request = body.model_dump_json().encode()
    act_id = await create_once(
        command.session, "pull_windows_forward", idempotency_key, request, move_windows
    )
    row = await queries.get_pull_forward(command.session, act_id)
    return PullForwardAnswer.model_validate(row)


@router.get("/renewal-windows/pull-forwards", summary="The acts that moved windows")
async def list_pull_forwards(
    caller: Annotated[Principal, Depends(Allow(Scope.DECIDE, Scope.OPERATE))],
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[PullForwardAnswer]:
    """The newest first: a council's own, or all for operations."""
    council = None if caller.has_scope(Scope.OPERATE) else get_own_council(caller)
    rows, next_cursor = await queries.list_pull_forwards(session, council, cursor, limit)
    return Page[PullForwardAnswer](
        items=[PullForwardAnswer.model_validate(row) for row in rows], next=next_cursor
    )
