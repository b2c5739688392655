"""What the pages of addresses show, also when a form of theirs was refused."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.access.policy import require_employer
from services.certificates.rosters.models import Subscription
from services.certificates.rosters.queries import get_subscription
from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks import queries
from services.certificates.webhooks.models import EndpointCheck, WebhookEndpoint
from services.certificates.webhooks.rules import RESUMED_STATES, SENT_STATES, EndpointState
from services.certificates.webhooks.words import WORDS
from shared.delivery.destinations import URL_LENGTH
from shared.errors import NotFound
from shared.pages.forms import FormState, read_fields
from shared.pages.site import Site
from shared.principal import Principal
from shared.web.resources import get_resources

SITE = Site(
    "services.certificates.webhooks",
    "rosters",
    {**WORDS, "url_length": URL_LENGTH},
    {"Cache-Control": "private, no-store"},
    is_work=True,
)
ATTEMPTS_SHOWN = 25
DONE_ACTS = {"deleted", "replayed", "skipped"}
"""What may have been done just now: the messages `webhook.done.<name>`."""


@dataclass(frozen=True, slots=True)
class OwnEndpoint:
    """An address of one of the reader's rosters."""

    roster: Subscription
    endpoint: WebhookEndpoint


async def read_own_endpoint(
    session: AsyncSession, reader: Principal, subscription_id: UUID, endpoint_id: UUID
) -> OwnEndpoint:
    """The reader's roster and its address. Raises `NotFound`."""
    employer = require_employer(reader)
    roster = await get_subscription(session, employer, subscription_id)
    endpoint = await queries.get_endpoint(session, employer, endpoint_id)
    if endpoint.subscription_id != subscription_id:
        raise NotFound("endpoint.unknown", "The roster has no such endpoint.")
    return OwnEndpoint(roster, endpoint)


async def render_endpoints(
    request: Request,
    session: AsyncSession,
    roster: Subscription,
    form: FormState,
    *,
    is_open: bool,
    act: str | None = None,
    status: int = 200,
) -> Response:
    """The addresses of a roster, with the form that enters another where there may be one."""
    settings = get_resources(request).settings
    assert isinstance(settings, CertificatesSettings)
    endpoints = await queries.list_endpoints(session, roster.id)
    may_enter = is_open and len(endpoints) < settings.webhook_endpoints
    # What was sent is shown again, also in another language: whoever typed it keeps it.
    shows_form = may_enter or request.method == "POST"
    return SITE.render_page(
        request,
        "endpoints.html",
        status,
        address=f"/rosters/{roster.id}/endpoints",
        roster=roster,
        endpoints=endpoints,
        form=form,
        shows_form=shows_form,
        endpoint_limit=settings.webhook_endpoints,
        batch_limit=settings.webhook_batch,
        act=act,
        language_form="act" if shows_form else "",
    )


async def render_endpoint(
    request: Request,
    session: AsyncSession,
    own: OwnEndpoint,
    form: FormState,
    *,
    cursor: str | None = None,
    status: int = 200,
) -> Response:
    """One address, with a page of its tries. Raises `DomainError` for a foreign cursor."""
    endpoint = own.endpoint
    attempts, next_cursor = await queries.list_attempts(
        session, endpoint.id, cursor, ATTEMPTS_SHOWN
    )
    fields = read_fields(request.query_params)
    act = fields.get("done", "")
    is_behind = endpoint.delivered_through < endpoint.last_sequence
    return SITE.render_page(
        request,
        "endpoint.html",
        status,
        address=f"/rosters/{own.roster.id}/endpoints/{endpoint.id}",
        roster=own.roster,
        endpoint=endpoint,
        form=form,
        attempts=attempts,
        next_cursor=next_cursor,
        is_first=cursor is None,
        act=act if act in DONE_ACTS else None,
        check=await _find_check(session, endpoint, fields.get("check", "")),
        is_unverified=endpoint.state is EndpointState.UNVERIFIED,
        is_resumable=endpoint.state in RESUMED_STATES,
        is_sent=endpoint.state in SENT_STATES,
        is_behind=is_behind,
        language_form="act",
    )


async def _find_check(
    session: AsyncSession, endpoint: WebhookEndpoint, text: str
) -> EndpointCheck | None:
    """The check that the address of the page names, if it is of this endpoint."""
    try:
        check = await queries.get_check(session, UUID(text))
    except ValueError:
        return None
    return check if check is not None and check.endpoint_id == endpoint.id else None
