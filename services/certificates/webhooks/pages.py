"""The pages of a roster's addresses for a portal's people: how each stands, what was sent."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.certificates.access.dependencies import RosterReader, ServiceSettings
from services.certificates.access.policy import require_employer
from services.certificates.rosters.enrolment import is_open
from services.certificates.rosters.queries import get_subscription
from services.certificates.webhooks import act_pages
from services.certificates.webhooks.rendering import (
    DONE_ACTS,
    read_own_endpoint,
    render_endpoint,
    render_endpoints,
)
from shared.locale.catalogues import Languages
from shared.pages.forms import FormState
from shared.pages.site import include_in_languages
from shared.web.dependencies import PageCursor, ReadOnlyTransaction, Today

router = APIRouter(prefix="/rosters/{subscription_id}/endpoints")


@router.get("")
async def show_endpoints(
    request: Request,
    subscription_id: UUID,
    caller: RosterReader,
    session: ReadOnlyTransaction,
    settings: ServiceSettings,
    today: Today,
) -> Response:
    """The addresses of a roster, and the form that enters another."""
    roster = await get_subscription(session, require_employer(caller), subscription_id)
    act = request.query_params.get("done", "")
    return await render_endpoints(
        request,
        session,
        roster,
        FormState({"batch_max": str(settings.webhook_batch)}),
        is_open=is_open(roster, today),
        act=act if act in DONE_ACTS else None,
    )


@router.get("/{endpoint_id}")
async def show_endpoint(
    request: Request,
    subscription_id: UUID,
    endpoint_id: UUID,
    caller: RosterReader,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
) -> Response:
    """One address: how it stands, what can be done, and each try, the newest first."""
    own = await read_own_endpoint(session, caller, subscription_id, endpoint_id)
    return await render_endpoint(request, session, own, FormState(), cursor=cursor)


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages."""
    pages = APIRouter(include_in_schema=False)
    include_in_languages(pages, languages, [router, act_pages.router])
    return pages
