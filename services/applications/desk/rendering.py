"""How a page is made, and who may look at it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access import operations
from services.applications.access.policy import reaches, sees_identity
from services.applications.application import queries
from services.applications.application.status import Status
from services.applications.desk.words import MESSAGES
from services.applications.documents.requirements import Branch
from services.applications.dossier import queries as dossier_queries
from services.applications.dossier.answers import shown
from services.applications.limits.rules import LimitState
from shared.clock import civil_date
from shared.pages.site import Site
from shared.principal import Principal, Scope
from shared.web.guards import AllowPage

PARTS = (Scope.PROCESS, Scope.DECIDE, Scope.OPERATE)
SHAPES = {
    LimitState.RUNNING: "○",
    LimitState.AT_RISK: "◐",
    LimitState.LATE: "■",
    LimitState.MET: "●",
    LimitState.MISSED: "■",
    LimitState.CANCELLED: "–",
}
SITE = Site(
    "services.applications.desk",
    MESSAGES,
    "queue",
    {"shapes": SHAPES, "statuses": list(Status)},
    {"Cache-Control": "private, no-store"},
    sign_in="sign-in",
)
PageRoute = SITE.route()

Looking = Annotated[Principal, Depends(AllowPage(*PARTS))]
"""Somebody of a centre, a council or operations, signed in."""


class OwnPage(AllowPage):
    """A guard for the pages of one application."""

    async def __call__(self, request: Request, application_id: UUID) -> Principal:  # type: ignore[override]
        """Who looks, whose it is. Raises `Unauthenticated`, `Forbidden`, `NotFound`."""
        principal = await super().__call__(request)
        state = request.app.state
        reads = request.scope["route"].path if request.method == "GET" else None
        await operations.admit(
            state.database, principal, self.scopes, application_id, state.clock.now(), reads
        )
        return principal


LookingAt = Annotated[Principal, Depends(OwnPage(*PARTS))]
"""Somebody whose application it is."""


async def application_page(
    request: Request,
    session: AsyncSession,
    application_id: UUID,
    caller: Principal,
    status: int = 200,
    **more: Any,
) -> HTMLResponse:
    """One application with its checklist, limits, history, and what can be done now."""
    state = request.app.state
    row = await queries.application(session, application_id)
    today = civil_date(state.clock.now(), state.settings.time_zone)
    dossier = await dossier_queries.dossier(session, row)
    it = shown(dossier, state.settings, today, identity=sees_identity(caller))
    told = {"said": None, "faults": [], "entered": {}, "acted": None, **more}
    return SITE.page(
        request,
        "application.html",
        status,
        it=it,
        today=today,
        zone=state.settings.time_zone,
        may={scope.name.lower(): reaches(caller, scope, row) for scope in PARTS},
        history=await queries.history(session, application_id),
        caller=caller,
        lacking=sorted(_lacking(it.check).items()),
        **told,
    )


def _lacking(branch: Branch) -> dict[str, str]:
    """The kinds of document that a remark can ask for, with their titles."""
    if branch.satisfied:
        return {}
    found = {branch.kind: branch.title} if branch.kind is not None else {}
    for part in branch.parts:
        found |= _lacking(part)
    return found
