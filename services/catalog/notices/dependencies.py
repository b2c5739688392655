"""Whose plans of notices a council reaches: those of its own qualifications."""

from typing import Annotated

from fastapi import Depends, Request

from services.catalog.qualification.queries import get_prevailing_version
from services.catalog.qualification.responses import QualificationIdPath
from shared.clock import civil_date
from shared.councils import council_key
from shared.errors import Forbidden, NotFound
from shared.principal import Principal, Scope
from shared.web.guards import Allow
from shared.web.resources import get_resources


class CouncilGuard(Allow):
    """A guard for what a council alone decides about its qualification."""

    async def __call__(self, request: Request, qualification_id: QualificationIdPath) -> Principal:  # type: ignore[override]
        """The caller, when the qualification is their council's.

        Raises `Unauthenticated`; `Forbidden` for a token that names no council; `NotFound` for
        another council's qualification.
        """
        caller = await super().__call__(request)
        if not caller.council:
            raise Forbidden("auth.council", "This asks for the claim `council`.")
        resources = get_resources(request)
        today = civil_date(resources.clock.now(), resources.settings.time_zone)
        async with resources.database.read_only_transaction() as session:
            dated_version = await get_prevailing_version(session, qualification_id, today)
        if council_key(dated_version.row.council) != council_key(caller.council):
            raise NotFound(
                "qualification.unknown", f"Your council has no qualification {qualification_id}."
            )
        return caller


COUNCIL = CouncilGuard(Scope.PUBLISH)
"""The guard of routes that one council's plan is changed by."""
CouncilOffice = Annotated[Principal, Depends(COUNCIL)]
"""Who acts for the council of the qualification."""
