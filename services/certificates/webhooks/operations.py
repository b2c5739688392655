"""Endpoints: entered, changed, moved back and on, deleted. None commits."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import select

from services.certificates.rosters.enrolment import check_open
from services.certificates.rosters.queries import lock_subscription
from services.certificates.settings import CertificatesContext
from services.certificates.webhooks.checks import notify_sender
from services.certificates.webhooks.models import WebhookEndpoint
from services.certificates.webhooks.queries import get_endpoint
from services.certificates.webhooks.rules import RESUMED_STATES, EndpointState
from services.certificates.webhooks.schemas import EndpointPatch, EndpointRequest
from services.certificates.webhooks.secrets import add_secret
from shared.delivery.destinations import Destination, UnusableDestination, parse_destination
from shared.errors import Conflict, RuleViolation, check_version


async def create_endpoint(
    context: CertificatesContext, employer: str, subscription_id: UUID, body: EndpointRequest
) -> tuple[WebhookEndpoint, str]:
    """Enters an address of a subscription, not yet verified; with its secret.

    Raises `NotFound`, `Conflict` for a subscription that has ended or has as many as the settings
    admit, `RuleViolation` for an address that nothing is sent to.
    """
    destination = _check_address(context, body.url)
    _check_batch(context, body.batch_max)
    # Locked, so that no event is numbered until the endpoint is there to be moved on with it.
    subscription = await lock_subscription(context.session, employer, subscription_id)
    check_open(subscription, context.today)
    await _check_number(context, subscription_id)
    after = subscription.last_sequence if body.after is None else body.after
    _check_position(after, subscription.last_sequence, "/after")
    endpoint = WebhookEndpoint(
        subscription_id=subscription_id,
        url=body.url,
        host=destination.host,
        contact=body.contact,
        batch_max=body.batch_max,
        created_at=context.now,
        delivered_through=after,
        last_sequence=subscription.last_sequence,
        next_attempt_at=context.now,
    )
    context.session.add(endpoint)
    await context.session.flush()
    return endpoint, await add_secret(context, endpoint)


def _check_address(context: CertificatesContext, url: str) -> Destination:
    try:
        return parse_destination(url, allows_local=context.settings.webhook_local)
    except UnusableDestination as error:
        raise RuleViolation(
            "endpoint.address",
            "An address is https://name/path, at port 443, with a name of DNS and without"
            f" user and fragment; this one is refused for its {error.reason}.",
            field="/url",
        ) from None


def _check_batch(context: CertificatesContext, batch_max: int) -> None:
    limit = context.settings.webhook_batch
    if batch_max > limit:
        raise RuleViolation(
            "endpoint.batch_max",
            f"A message has at most {limit} events.",
            field="/batch_max",
            values={"number": limit},
        )


async def _check_number(context: CertificatesContext, subscription_id: UUID) -> None:
    query = (
        select(func.count())
        .select_from(WebhookEndpoint)
        .where(WebhookEndpoint.subscription_id == subscription_id)
    )
    limit = context.settings.webhook_endpoints
    if (await context.session.exec(query)).one() >= limit:
        raise Conflict(
            "endpoint.many",
            f"A subscription has at most {limit} endpoints.",
            values={"number": limit},
        )


def _check_position(position: int, last_sequence: int, field: str) -> None:
    if position > last_sequence:
        raise RuleViolation(
            "endpoint.position",
            f"The roster has no such event yet; its last one is {last_sequence}.",
            field=field,
            values={"last": last_sequence},
        )


async def change_endpoint(
    context: CertificatesContext, employer: str, endpoint_id: UUID, body: EndpointPatch
) -> WebhookEndpoint:
    """Changes an endpoint; another address is to be verified anew.

    Raises `NotFound`, `StaleVersion`, `RuleViolation`.
    """
    endpoint = await _lock_endpoint(context, employer, endpoint_id)
    if body.batch_max is not None:
        _check_batch(context, body.batch_max)
        endpoint.batch_max = body.batch_max
    if body.contact is not None:
        endpoint.contact = body.contact
    if body.url is not None and body.url != endpoint.url:
        endpoint.host = _check_address(context, body.url).host
        endpoint.url, endpoint.state = body.url, EndpointState.UNVERIFIED
    endpoint.revision += 1
    await context.session.flush()
    return endpoint


async def _lock_endpoint(
    context: CertificatesContext, employer: str, endpoint_id: UUID
) -> WebhookEndpoint:
    endpoint = await get_endpoint(context.session, employer, endpoint_id, is_locked=True)
    check_version(endpoint.revision, context.expected_revision)
    return endpoint


async def delete_endpoint(context: CertificatesContext, employer: str, endpoint_id: UUID) -> None:
    """Deletes an endpoint with its secrets; the attempts stay for their days. Raises `NotFound`."""
    await context.session.delete(await _lock_endpoint(context, employer, endpoint_id))
    await context.session.flush()


async def rotate_secret(
    context: CertificatesContext, employer: str, endpoint_id: UUID
) -> tuple[WebhookEndpoint, str]:
    """A new secret of an endpoint. Raises `NotFound`."""
    endpoint = await _lock_endpoint(context, employer, endpoint_id)
    endpoint.revision += 1
    return endpoint, await add_secret(context, endpoint)


async def replay_events(
    context: CertificatesContext, employer: str, endpoint_id: UUID, after: int
) -> WebhookEndpoint:
    """Sends the events after a number again. Raises `NotFound`, `RuleViolation` for a later one."""
    endpoint = await _lock_endpoint(context, employer, endpoint_id)
    _check_position(after, endpoint.last_sequence, "/after")
    await _move_cursor(context, endpoint, after)
    return endpoint


async def skip_event(
    context: CertificatesContext, employer: str, endpoint_id: UUID, sequence: int
) -> WebhookEndpoint:
    """Passes the next event by. Raises `NotFound`, `Conflict` where another one is the next."""
    endpoint = await _lock_endpoint(context, employer, endpoint_id)
    is_next = sequence == endpoint.delivered_through + 1 <= endpoint.last_sequence
    if not is_next:
        raise Conflict(
            "endpoint.not_next",
            "Only the next event can be passed by: the one after delivered_through.",
            extra={"delivered_through": endpoint.delivered_through},
            values={"last": endpoint.delivered_through},
        )
    await _move_cursor(context, endpoint, sequence)
    return endpoint


async def _move_cursor(
    context: CertificatesContext, endpoint: WebhookEndpoint, delivered_through: int
) -> None:
    """Moves the cursor; what is being sent meanwhile ends first, and moves it no more."""
    endpoint.delivered_through = delivered_through
    endpoint.revision += 1
    if endpoint.claim_token is None:
        endpoint.in_flight_last, endpoint.next_attempt_at = None, context.now
    await context.session.flush()
    await notify_sender(context)


def check_resumable(endpoint: WebhookEndpoint) -> None:
    """Raises `Conflict` where there is nothing to resume: events go, or were never let."""
    if endpoint.state not in RESUMED_STATES:
        raise Conflict(
            "endpoint.not_paused", "Only an endpoint that is paused or disabled can be resumed."
        )


def check_unverified(endpoint: WebhookEndpoint) -> None:
    """Raises `Conflict` where the address has been verified."""
    if endpoint.state is not EndpointState.UNVERIFIED:
        raise Conflict("endpoint.verified", "This address has been verified.")
