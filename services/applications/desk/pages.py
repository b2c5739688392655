"""The pages that are read: the queue, one application; and signing in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator

from services.applications.access.policy import own_filter
from services.applications.application.queries import ApplicationFilter
from services.applications.application.status import ACTS_NEXT, Actor, Status
from services.applications.desk import step_forms
from services.applications.desk.queries import get_qualification_names, list_queue
from services.applications.desk.rendering import (
    SITE,
    ApplicationStaff,
    Staff,
    render_application,
)
from services.applications.documents.dependencies import get_application_resources
from services.applications.documents.queries import get_document
from services.applications.documents.routes import build_download_link
from services.applications.limits.answers import build_limit_answer
from shared.encryption import Keyring
from shared.locale.catalogues import Languages
from shared.pages.sign_in import SignIn
from shared.web.dependencies import ReadOnlyTransaction, Today

QUEUE_LIMIT = 200
BlankAsNone = BeforeValidator(lambda value: value or None)

_staff_pages = APIRouter()


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


def build_router(languages: Languages, keyring: Keyring) -> APIRouter:
    """The pages in each of these languages; signing in, sealed with these keys."""
    sign_in = SignIn(SITE, keyring)
    page_routers = [sign_in.build_page_router(), _staff_pages, step_forms.router]
    router = SITE.build_router(tuple(languages), page_routers)
    router.include_router(sign_in.build_redirect_router())
    return router
