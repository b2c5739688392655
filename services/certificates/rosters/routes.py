"""Employers' rosters for portals: subscriptions, and the certificates enrolled in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.certificates.access.dependencies import Command, RosterPortal
from services.certificates.access.policy import require_employer
from services.certificates.certificate.members import IssuedOn
from services.certificates.certificate.number import CertificateNumber
from services.certificates.rosters import operations, queries
from services.certificates.rosters.dependencies import Enrolling, SubscriptionId
from services.certificates.rosters.models import Subscription
from services.certificates.rosters.schemas import (
    EnrolmentAnswer,
    EnrolmentRequest,
    SubscriptionAnswer,
    SubscriptionPatch,
    SubscriptionRequest,
)
from shared.idempotency import create_once
from shared.paging import Page
from shared.web.conditional import apply_etag, etag
from shared.web.contents import add_headers, omit_headers
from shared.web.dependencies import (
    ExpectedVersion,
    IdempotencyKey,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
)
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/subscriptions", tags=["rosters"])


@router.post(
    "",
    status_code=201,
    summary="Begin a roster",
    responses={201: add_headers("ETag"), **problem_responses(409)},
)
async def create_subscription(
    body: SubscriptionRequest,
    caller: RosterPortal,
    command: Command,
    response: Response,
    key: IdempotencyKey = None,
) -> SubscriptionAnswer:
    """States what for and by what right the employer watches certificates, and through which day.

    Repeat it with the same Idempotency-Key.
    """
    employer = require_employer(caller)

    async def create() -> UUID:
        context = command.by(caller)
        return (await operations.create_subscription(context, employer, body)).id

    content = body.model_dump_json().encode()
    subscription_id = await create_once(
        command.session, f"subscription:{employer}", key, content, create
    )
    row = await command.session.get_one(Subscription, subscription_id)
    response.headers["Location"] = f"/v1/subscriptions/{row.id}"
    response.headers["ETag"] = etag(row.revision)
    return SubscriptionAnswer.model_validate(row)


@router.get("", summary="The employer's rosters, the newest first")
async def list_subscriptions(
    caller: RosterPortal,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[SubscriptionAnswer]:
    """A page of subscriptions, those that have ended among them."""
    employer = require_employer(caller)
    rows, next_cursor = await queries.list_subscriptions(session, employer, cursor, limit)
    items = [SubscriptionAnswer.model_validate(row) for row in rows]
    return Page[SubscriptionAnswer](items=items, next=next_cursor)


@router.get("/{subscription_id}", summary="One roster", responses=problem_responses(404))
async def get_subscription(
    request: Request,
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
    response: Response,
) -> SubscriptionAnswer:
    """What it says of itself, how many are enrolled, and the number of its last event."""
    row = await queries.get_subscription(session, require_employer(caller), subscription_id)
    tag = etag(row.revision, row.enrolled, row.last_sequence)
    answer = SubscriptionAnswer.model_validate(row)
    return apply_etag(request, response, tag) or answer  # type: ignore[return-value]


@router.patch(
    "/{subscription_id}", summary="Change a roster", responses=problem_responses(404, 409, 412)
)
async def change_subscription(
    subscription_id: SubscriptionId,
    body: SubscriptionPatch,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
    response: Response,
) -> SubscriptionAnswer:
    """Name, purpose, basis, end: what is left out stays."""
    row = await operations.change_subscription(
        command.by(caller, expected_revision), require_employer(caller), subscription_id, body
    )
    response.headers["ETag"] = etag(row.revision, row.enrolled, row.last_sequence)
    return SubscriptionAnswer.model_validate(row)


@router.delete(
    "/{subscription_id}",
    status_code=204,
    summary="End a roster",
    responses=problem_responses(404, 412),
)
async def end_subscription(
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
) -> None:
    """Nobody is told any more. Digests stay; the content of events is erased after some days."""
    await operations.end_subscription(
        command.by(caller, expected_revision), require_employer(caller), subscription_id
    )


@router.post(
    "/{subscription_id}/enrolments",
    status_code=201,
    summary="Watch a certificate",
    responses={201: omit_headers("Location"), **problem_responses(404, 409, 429)},
)
async def enrol_certificate(
    subscription_id: SubscriptionId,
    body: EnrolmentRequest,
    caller: RosterPortal,
    enrolling: Enrolling,
    response: Response,
    key: IdempotencyKey = None,
) -> EnrolmentAnswer:
    """By number and date of issue; answers how it stands: what comes later, events tell.

    404 says, as verification does, that no certificate has both; 409 that it has ended. One that
    is watched already stays as it is.
    """
    outcome = await enrolling.enrol(caller, subscription_id, body, key)
    response.headers.update(outcome.limit_headers)
    return EnrolmentAnswer(number=body.number, until=outcome.until, status=outcome.status)


@router.delete(
    "/{subscription_id}/enrolments",
    status_code=204,
    summary="Watch a certificate no longer",
    responses=problem_responses(404),
)
async def unenrol_certificate(
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    enrolling: Enrolling,
    number: Annotated[CertificateNumber, Query()],
    issued_on: Annotated[IssuedOn, Query()],
) -> None:
    """By number and date of issue; no event about it comes any more."""
    await enrolling.unenrol(caller, subscription_id, number, issued_on)
