"""What the routes of this service depend on: callers, settings, connections, commands."""

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from services.certificates.access.operations import record_disclosure
from services.certificates.access.policy import require_employer
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.context import command_context
from shared.db import Pool
from shared.errors import ExpectedRevision
from shared.principal import Principal, Scope
from shared.web.dependencies import Now, Transaction
from shared.web.guards import Allow, AllowPage
from shared.web.resources import get_resources


async def _get_settings(request: Request) -> CertificatesSettings:
    return cast("CertificatesSettings", get_resources(request).settings)


async def _get_read_pool(request: Request) -> Pool:
    return await get_resources(request).database.read_pool.get_pool()


ServiceSettings = Annotated[CertificatesSettings, Depends(_get_settings)]
"""The settings of this service."""
VerificationPool = Annotated["Pool", Depends(_get_read_pool)]
"""Connections below the ORM."""


@dataclass(frozen=True, slots=True)
class RequestCommand:
    """What a request gives to a command, besides who acts."""

    session: Transaction
    now: Now
    settings: ServiceSettings

    def by(
        self, caller: Principal, expected_revision: ExpectedRevision = None
    ) -> CertificatesContext:
        """The context of a command that this caller runs, on the revision that they saw."""
        return command_context(
            self.session, self.now, self.settings, caller.subject, expected_revision
        )


Command = Annotated[RequestCommand, Depends(RequestCommand, scope="function")]
"""A command of this request, in a transaction that is committed before the response is sent."""


@dataclass(frozen=True, slots=True)
class DisclosureRecorder:
    """Records, before personal data are shown, who is about to see them."""

    request: Request
    now: Now

    async def record(
        self, caller: Principal, resource: str, certificate_id: UUID | None = None
    ) -> None:
        """Commits the record; `resource` says what is read, e.g. "document" or "feed after 17"."""
        database = get_resources(self.request).database
        await record_disclosure(database, caller, resource, self.now, certificate_id)


Disclosures = Annotated[DisclosureRecorder, Depends(DisclosureRecorder)]
"""The record of who saw personal data, in a transaction of its own."""


KEEPERS = Allow(Scope.FEED, Scope.AMEND, Scope.OPERATE)
"""Who may list certificates: nobody may look people up (649n, item 17)."""
Agency = Annotated[Principal, Depends(Allow(Scope.AMEND))]
"""The national agency: it alone changes what a certificate is worth."""


Council = Annotated[Principal, Depends(Allow(Scope.DECIDE))]
"""A sector council, for its own qualifications."""


Office = Annotated[Principal, Depends(Allow(Scope.PROCESS, Scope.AMEND))]
"""An assessment centre, for its own; the national agency, for all."""


Registry = Annotated[Principal, Depends(Allow(Scope.FEED))]
"""The national registry."""


Portal = Annotated[Principal, Depends(Allow(Scope.VERIFY, Scope.FEED, Scope.OPERATE))]
"""An employer's HR portal, the registry, or operations."""


class _EmployerGuard(Allow):
    """A guard for those who act for an employer."""

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """The caller. Raises `Unauthenticated`, `Forbidden` also where no employer is named."""
        caller = await super().__call__(request)
        require_employer(caller)
        return caller


class _EmployerPageGuard(AllowPage):
    """The same for pages."""

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """The reader. Raises `Unauthenticated`, `Forbidden` also where no employer is named."""
        reader = await super().__call__(request)
        require_employer(reader)
        return reader


RosterPortal = Annotated[Principal, Depends(_EmployerGuard(Scope.WATCH))]
"""An employer's portal that watches certificates: it reaches the employer's own rosters."""


RosterReader = Annotated[Principal, Depends(_EmployerPageGuard(Scope.WATCH))]
"""A person of such an employer, on the pages."""
