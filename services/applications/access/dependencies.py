"""Whose application it is: callers reach their own, and cannot tell that others exist."""

from dataclasses import dataclass
from typing import Annotated, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Request, Response

from services.applications.access import operations
from services.applications.settings import ApplicationsSettings
from shared.principal import Principal, Scope
from shared.schemas import RequestBody
from shared.web.dependencies import ExpectedVersion, Now, Transaction
from shared.web.guards import Allow
from shared.web.resources import get_resources

Body = TypeVar("Body", bound=RequestBody)


async def _get_settings(request: Request) -> ApplicationsSettings:
    return cast("ApplicationsSettings", get_resources(request).settings)


ServiceSettings = Annotated[ApplicationsSettings, Depends(_get_settings)]
"""The settings of this service."""


def with_actor(body: Body, caller: Principal) -> Body:
    """The body with the caller as its actor, where it names none."""
    if getattr(body, "actor", None) is not None:
        return body
    return body.model_copy(update={"actor": caller.subject})


@dataclass(frozen=True, slots=True)
class StepContext:
    """What every step needs: the transaction, the revision that the caller saw, time, settings."""

    session: Transaction
    expected_revision: ExpectedVersion
    now: Now
    settings: ServiceSettings
    request: Request
    response: Response


RouteContext = Annotated[StepContext, Depends(StepContext, scope="function")]
"""Where a step is taken."""


class ApplicationGuard(Allow):
    """A guard for the routes of one application: callers reach their own only."""

    async def __call__(self, request: Request, application_id: UUID) -> Principal:  # type: ignore[override]
        """The caller, when the application is theirs; a read is recorded as a disclosure.

        Raises `Unauthenticated`, `Forbidden`, `NotFound`.
        """
        principal = await super().__call__(request)
        resources = get_resources(request)
        template_path = request.scope["route"].path
        route_path = (
            template_path
            if request.method == "GET" or template_path.endswith("/download-link")
            else None
        )
        await operations.admit_reader(
            resources.database,
            principal,
            self.scopes,
            application_id,
            resources.clock.now(),
            route_path,
        )
        return principal


PROCEDURE_SCOPES = (Scope.PROCESS, Scope.DECIDE)
Reader = Annotated[
    Principal, Depends(ApplicationGuard(Scope.APPLY, *PROCEDURE_SCOPES, Scope.OPERATE))
]
"""Who may see the application."""
Party = Annotated[Principal, Depends(ApplicationGuard(Scope.APPLY, Scope.PROCESS))]
"""The applicant, or the centre on their behalf."""
CentreOf = Annotated[Principal, Depends(ApplicationGuard(Scope.PROCESS))]
"""The centre that was applied to."""
CouncilOf = Annotated[Principal, Depends(ApplicationGuard(Scope.DECIDE))]
"""The council of the qualification."""
RegistryOf = Annotated[Principal, Depends(ApplicationGuard(Scope.FEED, Scope.OPERATE))]
"""The registry, or operations for it."""

Submitter = Annotated[Principal, Depends(Allow(Scope.APPLY, Scope.PROCESS))]
"""An applicant, or a centre that takes an application on paper."""
ApplicationLister = Annotated[
    Principal, Depends(Allow(Scope.APPLY, *PROCEDURE_SCOPES, Scope.OPERATE))
]
"""Who may list applications: each their own."""
Employer = Annotated[Principal, Depends(Allow(Scope.REFER))]
"""An employer who referred applicants."""
LimitWatcher = Annotated[Principal, Depends(Allow(*PROCEDURE_SCOPES, Scope.OPERATE))]
"""Who watches limits: a centre or a council its own, operations all."""
