"""Endpoints of a portal's rosters: verified, moved, deleted, and what was sent to each."""

from fastapi import APIRouter, Response

from services.certificates.access.dependencies import Command, RosterPortal
from services.certificates.access.policy import require_employer
from services.certificates.rosters.dependencies import SubscriptionId
from services.certificates.rosters.queries import get_subscription
from services.certificates.webhooks import operations, queries
from services.certificates.webhooks.models import WebhookEndpoint
from services.certificates.webhooks.schemas import (
    AttemptAnswer,
    CheckAnswer,
    EndpointAnswer,
    EndpointPatch,
    ReplayRequest,
    SkipRequest,
)
from services.certificates.webhooks.waiting import Checks, EndpointId, require_passed
from shared.paging import Page, WholeList
from shared.web.conditional import etag
from shared.web.contents import omit_headers
from shared.web.dependencies import ExpectedVersion, PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["webhooks"])

_WITHOUT_RATE = omit_headers("RateLimit", "RateLimit-Policy")
_CHECK_RESPONSES = {200: _WITHOUT_RATE, 429: _WITHOUT_RATE, **problem_responses(404, 409)}
"""Of routes that are limited by what the endpoint got, not by who asks."""


def _describe_endpoint(endpoint: WebhookEndpoint, response: Response) -> EndpointAnswer:
    response.headers["ETag"] = etag(endpoint.revision)
    return EndpointAnswer.model_validate(endpoint)


@router.get(
    "/subscriptions/{subscription_id}/endpoints",
    summary="The addresses of a roster",
    responses=problem_responses(404),
)
async def list_endpoints(
    subscription_id: SubscriptionId, caller: RosterPortal, session: ReadOnlyTransaction
) -> WholeList[EndpointAnswer]:
    """All of them: there are few."""
    await get_subscription(session, require_employer(caller), subscription_id)
    endpoints = await queries.list_endpoints(session, subscription_id)
    return WholeList(items=[EndpointAnswer.model_validate(endpoint) for endpoint in endpoints])


@router.get("/endpoints/{endpoint_id}", summary="One address", responses=problem_responses(404))
async def get_endpoint(
    endpoint_id: EndpointId, caller: RosterPortal, session: ReadOnlyTransaction, response: Response
) -> EndpointAnswer:
    """How it stands, how far it is, when it is tried next."""
    endpoint = await queries.get_endpoint(session, require_employer(caller), endpoint_id)
    return _describe_endpoint(endpoint, response)


@router.patch(
    "/endpoints/{endpoint_id}", summary="Change an address", responses=problem_responses(404, 412)
)
async def change_endpoint(
    endpoint_id: EndpointId,
    body: EndpointPatch,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
    response: Response,
) -> EndpointAnswer:
    """Another `url` is to be verified before events go there; what is left out stays."""
    endpoint = await operations.change_endpoint(
        command.by(caller, expected_revision), require_employer(caller), endpoint_id, body
    )
    return _describe_endpoint(endpoint, response)


@router.delete(
    "/endpoints/{endpoint_id}",
    status_code=204,
    summary="Delete an address",
    responses=problem_responses(404, 412),
)
async def delete_endpoint(
    endpoint_id: EndpointId,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
) -> None:
    """With its secrets. The roster and its events stay."""
    await operations.delete_endpoint(
        command.by(caller, expected_revision), require_employer(caller), endpoint_id
    )


@router.post(
    "/endpoints/{endpoint_id}/verify",
    summary="Verify an address",
    responses=_CHECK_RESPONSES,
)
async def verify_endpoint(
    endpoint_id: EndpointId, caller: RosterPortal, checks: Checks
) -> CheckAnswer:
    """A handshake of two messages of `{"challenge"}`; 422 says what failed.

    One is signed by nobody's secret and must get 401; one is signed truly and must come back. An
    answer without `outcome`: nobody has made it yet; look at the endpoint's state.
    """
    check = await checks.verify_endpoint(caller, endpoint_id)
    require_passed(check)
    return CheckAnswer.model_validate(check)


@router.post(
    "/endpoints/{endpoint_id}/resume",
    summary="Let events go again",
    responses=_CHECK_RESPONSES,
)
async def resume_endpoint(
    endpoint_id: EndpointId, caller: RosterPortal, checks: Checks
) -> CheckAnswer:
    """The same handshake with an address that is paused or disabled; then all that it missed."""
    check = await checks.resume_endpoint(caller, endpoint_id)
    require_passed(check)
    return CheckAnswer.model_validate(check)


@router.post(
    "/endpoints/{endpoint_id}/test",
    summary="Send a test event",
    responses=_CHECK_RESPONSES,
)
async def send_test_event(
    endpoint_id: EndpointId, caller: RosterPortal, checks: Checks
) -> CheckAnswer:
    """An event of the type `attesta.roster.test.v1` without a number, sent once; ten an hour."""
    return CheckAnswer.model_validate(await checks.send_test(caller, endpoint_id))


@router.post(
    "/endpoints/{endpoint_id}/replay",
    summary="Send events again",
    responses=problem_responses(404, 412),
)
async def replay_events(
    endpoint_id: EndpointId,
    body: ReplayRequest,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
    response: Response,
) -> EndpointAnswer:
    """All events after a number, in order, each under its `webhook-id` or that of its batch."""
    endpoint = await operations.replay_events(
        command.by(caller, expected_revision), require_employer(caller), endpoint_id, body.after
    )
    return _describe_endpoint(endpoint, response)


@router.post(
    "/endpoints/{endpoint_id}/skip",
    summary="Pass the next event by",
    responses=problem_responses(404, 409, 412),
)
async def skip_event(
    endpoint_id: EndpointId,
    body: SkipRequest,
    caller: RosterPortal,
    command: Command,
    expected_revision: ExpectedVersion,
    response: Response,
) -> EndpointAnswer:
    """For an event that the receiver chokes on: it can still be polled, and is in the digest."""
    endpoint = await operations.skip_event(
        command.by(caller, expected_revision), require_employer(caller), endpoint_id, body.sequence
    )
    return _describe_endpoint(endpoint, response)


@router.get(
    "/endpoints/{endpoint_id}/attempts",
    summary="What was sent, the newest first",
    responses=problem_responses(404),
)
async def list_attempts(
    endpoint_id: EndpointId,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[AttemptAnswer]:
    """Each try of the last thirty days: when, what, how it ended, how long it took."""
    await queries.get_endpoint(session, require_employer(caller), endpoint_id)
    rows, next_cursor = await queries.list_attempts(session, endpoint_id, cursor, limit)
    items = [AttemptAnswer.model_validate(row) for row in rows]
    return Page[AttemptAnswer](items=items, next=next_cursor)
