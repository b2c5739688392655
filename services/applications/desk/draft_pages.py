"""A form that was sent after the session's end: what was typed is kept, and the way back told."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.routing import APIRoute

from services.applications.access.operations import find_granting_scope
from services.applications.application.queries import get_application_by_number
from services.applications.desk.act_forms import drop_control_fields
from services.applications.desk.acts import ACTS
from services.applications.desk.forms import close_gaps
from services.applications.desk.rendering import SITE, STAFF_SCOPES
from services.applications.documents.dependencies import get_application_resources
from services.applications.drafts.operations import save_draft
from shared.context import command_context
from shared.errors import NotFound, RuleViolation, Unauthenticated
from shared.pages.forms import read_fields
from shared.pages.preferences import page_language
from shared.web.sessions import identify_expired_session

SESSION_ENDED = "auth.session_ended"


class DraftKeepingRoute(APIRoute):
    """A route of forms: one that comes after the session's end is kept for who had it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, which keeps the form before it tells that the session has ended."""
        handle_request = super().get_route_handler()

        async def handle_and_keep(request: Request) -> Response:
            try:
                return await handle_request(request)
            except Unauthenticated as error:
                if request.method != "POST" or error.rule != SESSION_ENDED:
                    raise
                page = await _keep_form(request)
                if page is None:
                    raise
                return page

        return handle_and_keep


async def _keep_form(request: Request) -> Response | None:
    """Keeps the form, and tells so; None where it cannot be kept: another page tells then."""
    number = request.path_params["number"]
    act = ACTS.get(request.path_params["act_name"])
    caller = await identify_expired_session(request)
    if act is None or caller is None:
        return None
    resources = get_application_resources(request)
    now = resources.clock.now()
    async with request.form() as form:
        fields = drop_control_fields(close_gaps(read_fields(form)))
    try:
        async with resources.database.transaction() as session:
            application = await get_application_by_number(session, number)
            await find_granting_scope(session, caller, STAFF_SCOPES, application.id)
            context = command_context(session, now, resources.settings, caller.subject)
            await save_draft(context, application.id, act.name, fields)
    except (NotFound, RuleViolation):
        return None
    form_path = f"/{page_language(request)}/cases/{number}/{act.name}"
    return SITE.render_page(
        request,
        "session_ended.html",
        401,
        address=f"/cases/{number}/{act.name}",
        saved_at=now,
        sign_in_path=f"/{page_language(request)}/sign-in?next={quote(form_path, safe='/')}",
        hours=resources.settings.form_draft_hours,
    )
