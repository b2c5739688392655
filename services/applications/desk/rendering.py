"""The site of those who work here, and who may read which page of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.applications.access.dependencies import admit_reader
from services.applications.application.queries import get_application_by_number
from services.applications.documents.dependencies import get_application_resources
from shared.locale.translator import Translator
from shared.pages.operations import service_pages
from shared.pages.site import Site
from shared.principal import Principal, Scope
from shared.web.guards import AllowPage


def say_number(t: Translator, number: Decimal) -> str:
    """A number of points as the language writes it: 8,5."""
    return t.format_decimal(number.normalize())


def say_limit(t: Translator, name: str) -> str:
    """What a limit of law asks for; one that the settings' file adds is told by its name."""
    return t(f"limit.{name}") if f"limit.{name}" in t else name


STAFF_SCOPES = (Scope.PROCESS, Scope.DECIDE, Scope.OPERATE)
SITE = Site(
    "services.applications.desk",
    "work",
    {"say_number": say_number},
    {"Cache-Control": "private, no-store"},
    is_work=True,
)
OPERATIONS_SITE = Site(
    "services.applications.desk",
    "operations",
    {**service_pages.WORDS, "say_limit": say_limit},
    {"Cache-Control": "private, no-store"},
    is_work=True,
)
"""The pages of operations about this service alone."""

Staff = Annotated[Principal, Depends(AllowPage(*STAFF_SCOPES))]
"""Somebody of a centre, a council or operations, signed in."""


class CasePageGuard(AllowPage):
    """A guard for the pages of one case: staff reach their own only.

    What such a page shows is recorded as a disclosure, unless `discloses` is False.
    """

    def __init__(self, scopes: Sequence[Scope], *, discloses: bool = True) -> None:
        super().__init__(*scopes)
        self.discloses = discloses

    async def __call__(self, request: Request, number: str) -> Principal:  # type: ignore[override]
        """The caller, when the case is theirs.

        Raises `Unauthenticated`, `Forbidden`, `NotFound`.
        """
        caller = await super().__call__(request)
        await admit_case_reader(request, caller, number, discloses=self.discloses)
        return caller


async def admit_case_reader(
    request: Request, caller: Principal, number: str, *, discloses: bool
) -> None:
    """Checks that the caller may reach the case; `get_case_id` knows its id afterwards.

    Raises `NotFound` for a case that is not theirs, as for one that does not exist.
    """
    async with get_application_resources(request).database.read_only_transaction() as session:
        application = await get_application_by_number(session, number)
    request.state.case_id = application.id
    await admit_reader(request, caller, STAFF_SCOPES, application.id, discloses=discloses)


async def get_case_id(request: Request) -> UUID:
    """The application of the case that the guard has admitted the caller to."""
    application_id: UUID = request.state.case_id
    return application_id


CaseStaff = Annotated[Principal, Depends(CasePageGuard(STAFF_SCOPES))]
"""Somebody whose case it is, and to whom it is shown."""
CaseId = Annotated[UUID, Depends(get_case_id)]
"""The application of the guarded case; stands after the guard."""


class ApplicationPageGuard(AllowPage):
    """A guard for addresses that name an application by its id; nothing of it is shown there."""

    async def __call__(self, request: Request, application_id: UUID) -> Principal:  # type: ignore[override]
        """The caller, when the application is theirs. Raises as `CasePageGuard`."""
        caller = await super().__call__(request)
        await admit_reader(request, caller, self.scopes, application_id, discloses=False)
        return caller


ApplicationStaff = Annotated[Principal, Depends(ApplicationPageGuard(*STAFF_SCOPES))]
"""Somebody whose application it is."""
