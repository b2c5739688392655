"""What routes ask for: the caller whose application it is, the service's settings, a desk."""

from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Request, Response

from services.applications.access import operations
from services.applications.settings import ApplicationsSettings
from shared.principal import Principal, Scope
from shared.schemas import RequestBody
from shared.web.dependencies import ExpectedVersion, Now, Transaction
from shared.web.guards import Allow

Body = TypeVar("Body", bound=RequestBody)


async def _settings(request: Request) -> ApplicationsSettings:
    settings: ApplicationsSettings = request.app.state.settings
    return settings


ServiceSettings = Annotated[ApplicationsSettings, Depends(_settings)]
"""The settings of this service."""


def signed(body: Body, caller: Principal) -> Body:
    """The body with the caller as who acts, where it names nobody."""
    if getattr(body, "actor", None) is not None:
        return body
    return body.model_copy(update={"actor": caller.subject})


@dataclass(frozen=True, slots=True)
class Writing:
    """What every step needs: the transaction, the version that the caller saw, time, settings."""

    session: Transaction
    expected: ExpectedVersion
    now: Now
    settings: ServiceSettings
    request: Request
    response: Response


Desk = Annotated[Writing, Depends(Writing, scope="function")]
"""Where a step is taken."""


class Own(Allow):
    """A guard for the routes of one application."""

    async def __call__(self, request: Request, application_id: UUID) -> Principal:  # type: ignore[override]
        """The caller, whose it is. Raises `Unauthenticated`, `Forbidden`, `NotFound`."""
        principal = await super().__call__(request)
        state = request.app.state
        path = request.scope["route"].path
        reads = path if request.method == "GET" or path.endswith("/download-link") else None
        await operations.admit(
            state.database, principal, self.scopes, application_id, state.clock.now(), reads
        )
        return principal


WORKERS = (Scope.PROCESS, Scope.DECIDE)
Reader = Annotated[Principal, Depends(Own(Scope.APPLY, *WORKERS, Scope.OPERATE))]
"""Who may see the application."""
Party = Annotated[Principal, Depends(Own(Scope.APPLY, Scope.PROCESS))]
"""The applicant, or the centre on their behalf."""
CentreOf = Annotated[Principal, Depends(Own(Scope.PROCESS))]
"""The centre that was applied to."""
CouncilOf = Annotated[Principal, Depends(Own(Scope.DECIDE))]
"""The council of the qualification."""
RegistryOf = Annotated[Principal, Depends(Own(Scope.FEED, Scope.OPERATE))]
"""The registry, or operations for it."""

Applying = Annotated[Principal, Depends(Allow(Scope.APPLY, Scope.PROCESS))]
"""An applicant, or a centre that takes an application on paper."""
Listing = Annotated[Principal, Depends(Allow(Scope.APPLY, *WORKERS, Scope.OPERATE))]
"""Who may list applications: each their own."""
Employer = Annotated[Principal, Depends(Allow(Scope.REFER))]
"""An employer who referred applicants."""
Watching = Annotated[Principal, Depends(Allow(*WORKERS, Scope.OPERATE))]
"""Who watches limits: a centre or a council its own, operations all."""
