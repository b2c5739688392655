"""Whose application it is: a caller reaches their own, and learns of no other."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.applications.operations import readings
from shared.auth import Allow, Principal, Scope
from shared.errors import Forbidden


class Own(Allow):
    """A guard for the routes of one application."""

    async def __call__(self, request: Request, application_id: UUID) -> Principal:  # type: ignore[override]
        """The caller, whose it is. Raises `Unauthenticated`, `Forbidden`, `NotFound`."""
        principal = await super().__call__(request)
        state = request.app.state
        path = request.scope["route"].path
        reads = path if request.method == "GET" or path.endswith("/download-link") else None
        await readings.admit(
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


def check_centre(principal: Principal, centre: str) -> None:
    """A centre takes applications to itself only; applicants apply where they like."""
    if not principal.may(Scope.APPLY) and principal.centre != centre:
        raise Forbidden(
            "auth.centre", "A centre takes applications to itself only.", field="/centre/number"
        )
