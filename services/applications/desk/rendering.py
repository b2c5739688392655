"""How the page of one application is rendered, and who may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.dependencies import admit_reader
from services.applications.access.policy import may_reach, may_see_identity
from services.applications.application.queries import get_application, list_history
from services.applications.application.status import Status
from services.applications.documents.dependencies import get_application_resources
from services.applications.documents.requirements import Branch
from services.applications.dossier.answers import build_application_answer
from services.applications.dossier.queries import get_dossier
from services.applications.limits.rules import LimitState
from shared.clock import civil_date
from shared.errors import DomainError
from shared.pages.site import Site
from shared.principal import Principal, Scope
from shared.web.guards import AllowPage

STAFF_SCOPES = (Scope.PROCESS, Scope.DECIDE, Scope.OPERATE)
LIMIT_SHAPES = {
    LimitState.RUNNING: "○",
    LimitState.AT_RISK: "◐",
    LimitState.LATE: "■",
    LimitState.MET: "●",
    LimitState.MISSED: "■",
    LimitState.CANCELLED: "–",
}
SITE = Site(
    "services.applications.desk",
    "queue",
    {"shapes": LIMIT_SHAPES, "statuses": list(Status)},
    {"Cache-Control": "private, no-store"},
    is_work=True,
    sign_in="sign-in",
)
PageRoute = SITE.page_route_class()

Staff = Annotated[Principal, Depends(AllowPage(*STAFF_SCOPES))]
"""Somebody of a centre, a council or operations, signed in."""


class ApplicationPageGuard(AllowPage):
    """A guard for the pages of one application: staff reach their own only."""

    async def __call__(self, request: Request, application_id: UUID) -> Principal:  # type: ignore[override]
        """The caller, when the application is theirs; reading the page is recorded as a disclosure.

        Raises `Unauthenticated`, `Forbidden`, `NotFound`.
        """
        caller = await super().__call__(request)
        discloses = request.method == "GET"
        await admit_reader(request, caller, self.scopes, application_id, discloses=discloses)
        return caller


ApplicationStaff = Annotated[Principal, Depends(ApplicationPageGuard(*STAFF_SCOPES))]
"""Somebody whose application it is."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent and refused: its step, what was entered, and what is wrong with it.

    `status` is that of the page which shows it. Without a step nothing was sent.
    """

    step: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    field_errors: Sequence[tuple[str, str]] = ()
    refusal: DomainError | None = None
    status: int = 200


NO_SUBMISSION = Submission()


async def render_application(
    request: Request,
    session: AsyncSession,
    application_id: UUID,
    caller: Principal,
    submission: Submission = NO_SUBMISSION,
) -> HTMLResponse:
    """The page of one application: documents, limits, history, and the steps that are possible.

    Raises `NotFound`.
    """
    resources = get_application_resources(request)
    settings = resources.settings
    application = await get_application(session, application_id)
    today = civil_date(resources.clock.now(), settings.time_zone)
    dossier = await get_dossier(session, application)
    with_identity = may_see_identity(caller)
    answer = build_application_answer(dossier, settings, today, with_identity=with_identity)
    return SITE.render_page(
        request,
        "application.html",
        submission.status,
        address=f"/applications/{application_id}",
        application=answer,
        today=today,
        zone=settings.time_zone,
        permissions={
            scope.name.lower(): may_reach(caller, scope, application) for scope in STAFF_SCOPES
        },
        history=await list_history(session, application_id),
        caller=caller,
        missing_kinds=sorted(_missing_kinds(answer.check).items()),
        submission=submission,
    )


def _missing_kinds(branch: Branch) -> dict[str, str]:
    """The kinds of document that a remark can ask for, with their titles."""
    if branch.satisfied:
        return {}
    titles_by_kind = {branch.kind: branch.title} if branch.kind is not None else {}
    for part in branch.parts:
        titles_by_kind |= _missing_kinds(part)
    return titles_by_kind
