"""The pages that are read: signing in, the queue, one application."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator

from services.applications.access.policy import own_filter
from services.applications.application.queries import ApplicationFilter
from services.applications.application.status import ACTS_NEXT, Actor, Status
from services.applications.desk import step_forms
from services.applications.desk.queries import get_qualification_names, list_queue
from services.applications.desk.rendering import (
    SITE,
    STAFF_SCOPES,
    ApplicationStaff,
    PageRoute,
    Staff,
    render_application,
)
from services.applications.documents.dependencies import get_application_resources
from services.applications.documents.queries import get_document
from services.applications.documents.routes import build_download_link
from services.applications.limits.answers import build_limit_answer
from shared.errors import Unauthenticated
from shared.locale.catalogues import Languages
from shared.pages.site import page_language
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC
from shared.web.resources import get_resources
from shared.web.sessions import SESSION_COOKIE

QUEUE_LIMIT = 200
BlankAsNone = BeforeValidator(lambda value: value or None)

_public_pages = APIRouter(route_class=PageRoute, dependencies=[Depends(PUBLIC)])
_staff_pages = APIRouter(route_class=PageRoute)


@_public_pages.get("/sign-in")
async def sign_in_page(request: Request) -> HTMLResponse:
    """The form that asks for the token that the identity provider issued."""
    return SITE.render_page(request, "sign_in.html", refused=False, caller=None)


@_public_pages.post("/sign-in")
async def sign_in(request: Request, token: Annotated[str, Form(max_length=8000)]) -> Response:
    """Opens a session: the token goes into a cookie closed to scripts and other sites."""
    try:
        resources = get_resources(request)
        principal = await resources.token_verifier.authenticate(
            token.strip(), resources.clock.now()
        )
    except Unauthenticated:
        principal = None
    if principal is None or not principal.scopes & set(STAFF_SCOPES):
        return SITE.render_page(request, "sign_in.html", 422, refused=True, caller=None)
    response = RedirectResponse(f"/{page_language(request)}/queue", status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        token.strip(),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@_public_pages.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the session of this browser."""
    response = RedirectResponse(f"/{page_language(request)}/sign-in", status_code=303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return response


@_staff_pages.get("/queue")
async def show_queue(
    request: Request,
    caller: Staff,
    session: ReadOnlyTransaction,
    today: Today,
    status: Annotated[Status | None, BlankAsNone, Query()] = None,
) -> HTMLResponse:
    """The applications that wait for the centre or the council, the nearest last day first."""
    tenant_filter = own_filter(caller)
    application_filter = ApplicationFilter(
        status=status, centre=tenant_filter.centre, council=tenant_filter.council
    )
    responsible = None
    if tenant_filter.council is not None:
        responsible = Actor.COUNCIL
    elif tenant_filter.centre is not None:
        responsible = Actor.CENTRE
    rows = await list_queue(session, application_filter, responsible, QUEUE_LIMIT)
    names_by_version = await get_qualification_names(session, [row for row, _ in rows])
    items = [
        {
            "application": row,
            "limit": limit and build_limit_answer(limit, today),
            "acts_next": ACTS_NEXT.get(row.status),
            "qualification": names_by_version[row.qualification_id, row.qualification_version],
        }
        for row, limit in rows
    ]
    return SITE.render_page(
        request,
        "queue.html",
        items=items,
        selected_status=status,
        caller=caller,
        queue_limit=QUEUE_LIMIT,
    )


@_staff_pages.get("/applications/{application_id}")
async def show_application(
    request: Request, application_id: UUID, caller: ApplicationStaff, session: ReadOnlyTransaction
) -> HTMLResponse:
    """One application, with forms for the steps that are possible now."""
    return await render_application(request, session, application_id, caller)


@_staff_pages.get("/applications/{application_id}/documents/{document_id}")
async def redirect_to_document(
    request: Request,
    application_id: UUID,
    document_id: UUID,
    caller: ApplicationStaff,  # noqa: ARG001 - the guard
    session: ReadOnlyTransaction,
) -> Response:
    """Redirects to a document by a download link that expires soon."""
    document = await get_document(session, application_id, document_id)
    link = build_download_link(document, get_application_resources(request))
    return RedirectResponse(link.path, status_code=303)


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages."""
    return SITE.build_router(tuple(languages), [_public_pages, _staff_pages, step_forms.router])
