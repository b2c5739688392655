"""The addresses of what is looked at: signing in, the queue, one application."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator

from services.applications.access.policy import own_list
from services.applications.application import queries
from services.applications.application.status import ACTS_NEXT, Actor, Status
from services.applications.desk import acting
from services.applications.desk import queries as desk_queries
from services.applications.desk.rendering import (
    PARTS,
    SITE,
    Looking,
    LookingAt,
    PageRoute,
    application_page,
)
from services.applications.documents import queries as documents_queries
from services.applications.limits import answers
from shared.errors import Unauthenticated
from shared.pages.locale import LANGUAGES
from shared.pages.site import language
from shared.web.dependencies import Now, Reading, Today
from shared.web.guards import COOKIE, PUBLIC, identify

MOST_IN_QUEUE = 200
Blank = BeforeValidator(lambda value: value or None)

_entrance = APIRouter(route_class=PageRoute, dependencies=[Depends(PUBLIC)])
_pages = APIRouter(route_class=PageRoute)


@_entrance.get("/sign-in")
async def sign_in_page(request: Request) -> HTMLResponse:
    """Asks for the token that the identity provider gave."""
    return SITE.page(request, "sign_in.html", refused=False, caller=None)


@_entrance.post("/sign-in")
async def sign_in(request: Request, token: Annotated[str, Form(max_length=8000)]) -> Response:
    """A session of this browser: the token in a cookie that scripts and other sites do not get."""
    try:
        principal = await identify(request, token.strip())
    except Unauthenticated:
        principal = None
    if principal is None or not principal.scopes & set(PARTS):
        return SITE.page(request, "sign_in.html", 422, refused=True, caller=None)
    answer = RedirectResponse(f"/{language(request)}/queue", status_code=303)
    answer.set_cookie(
        COOKIE,
        token.strip(),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@_entrance.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the session of this browser."""
    answer = RedirectResponse(f"/{language(request)}/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@_pages.get("/queue")
async def queue(
    request: Request,
    caller: Looking,
    session: Reading,
    today: Today,
    status: Annotated[Status | None, Blank, Query()] = None,
) -> HTMLResponse:
    """What waits, the nearest last day first: the centre's and the council's own part."""
    own = own_list(caller)
    wanted = queries.Filter(status=status, centre=own.centre, council=own.council)
    part = None
    if own.council is not None:
        part = Actor.COUNCIL
    elif own.centre is not None:
        part = Actor.CENTRE
    rows = await desk_queries.queue(session, wanted, part, MOST_IN_QUEUE)
    known = await desk_queries.qualification_names(session, [row for row, _ in rows])
    items = [
        {
            "it": row,
            "limit": limit and answers.limit(limit, today),
            "acts_next": ACTS_NEXT.get(Status(row.status)),
            "qualification": known[row.qualification_id, row.qualification_version],
        }
        for row, limit in rows
    ]
    return SITE.page(
        request, "queue.html", items=items, chosen=status, caller=caller, most=MOST_IN_QUEUE
    )


@_pages.get("/applications/{application_id}")
async def one(
    request: Request, application_id: UUID, caller: LookingAt, session: Reading
) -> HTMLResponse:
    """One application, and what can be done now."""
    return await application_page(request, session, application_id, caller)


@_pages.get("/applications/{application_id}/documents/{document_id}")
async def document(
    request: Request,
    application_id: UUID,
    document_id: UUID,
    caller: LookingAt,  # noqa: ARG001 - the guard
    session: Reading,
    now: Now,
) -> Response:
    """To a document, by a link for a short time."""
    found = await documents_queries.document(session, application_id, document_id)
    ticket = request.app.state.settings.keyring.ticket(f"{application_id}/{found.id}", now)
    return RedirectResponse(f"/v1/downloads/{ticket}", status_code=303)


router = APIRouter(include_in_schema=False)
for _language in LANGUAGES:
    router.include_router(_entrance, prefix=f"/{_language}")
    router.include_router(_pages, prefix=f"/{_language}")
    router.include_router(acting.router, prefix=f"/{_language}")


router.include_router(SITE.front(), dependencies=[Depends(PUBLIC)])
