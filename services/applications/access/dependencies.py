"""Whose application it is: callers reach their own, and cannot tell that others exist."""

from collections.abc import Sequence
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from services.applications.access.models import Disclosure
from services.applications.access.operations import find_granting_scope
from services.applications.application.values import ApplicationId
from services.applications.settings import ApplicationsSettings
from shared.principal import Principal, Scope
from shared.web.guards import Allow
from shared.web.resources import get_resources


async def _get_settings(request: Request) -> ApplicationsSettings:
    return cast("ApplicationsSettings", get_resources(request).settings)


ServiceSettings = Annotated[ApplicationsSettings, Depends(_get_settings)]
"""The settings of this service."""


async def admit_reader(
    request: Request,
    caller: Principal,
    scopes: Sequence[Scope],
    application_id: UUID,
    *,
    discloses: bool,
) -> None:
    """Checks that the caller may reach the application, and records what is disclosed to them.

    A route that discloses personal data is recorded, and the record committed, before anything is
    shown. Raises `NotFound` when the application is not theirs.
    """
    resources = get_resources(request)
    database = resources.database
    open_session = database.transaction if discloses else database.read_only_transaction
    async with open_session() as session:
        scope = await find_granting_scope(session, caller, scopes, application_id)
        if discloses:
            session.add(
                Disclosure(
                    application_id=application_id,
                    disclosed_at=resources.clock.now(),
                    subject=caller.subject,
                    scope=scope,
                    resource=request.scope["route"].path,
                )
            )


class ApplicationGuard(Allow):
    """A guard for the routes of one application: callers reach their own only."""

    async def __call__(self, request: Request, application_id: ApplicationId) -> Principal:  # type: ignore[override]
        """The caller, when the application is theirs; a read is recorded as a disclosure.

        Raises `Unauthenticated`, `Forbidden`, `NotFound`.
        """
        caller = await super().__call__(request)
        is_download_link = request.scope["route"].path.endswith("/download-links")
        discloses = request.method == "GET" or is_download_link
        await admit_reader(request, caller, self.scopes, application_id, discloses=discloses)
        return caller


PROCEDURE_SCOPES = (Scope.PROCESS, Scope.DECIDE)
READER_SCOPES = (Scope.APPLY, *PROCEDURE_SCOPES, Scope.OPERATE)
Reader = Annotated[Principal, Depends(ApplicationGuard(*READER_SCOPES))]
"""Who may see the application."""
Party = Annotated[Principal, Depends(ApplicationGuard(Scope.APPLY, Scope.PROCESS))]
"""The applicant, or the centre on their behalf."""
Submitter = Annotated[Principal, Depends(Allow(Scope.APPLY, Scope.PROCESS))]
"""An applicant, or a centre that takes an application on paper."""
ApplicationLister = Annotated[Principal, Depends(Allow(*READER_SCOPES))]
"""Who may list applications: each their own."""
Employer = Annotated[Principal, Depends(Allow(Scope.REFER))]
"""An employer who referred applicants."""
MailSystem = Annotated[Principal, Depends(Allow(Scope.REPORT_BOUNCES))]
"""The mail system, which reports what it could not deliver."""
Operations = Annotated[Principal, Depends(Allow(Scope.OPERATE))]
"""Who operates the platform."""
LimitWatcher = Annotated[Principal, Depends(Allow(*PROCEDURE_SCOPES, Scope.OPERATE))]
"""Who watches limits: a centre or a council its own, operations all."""
