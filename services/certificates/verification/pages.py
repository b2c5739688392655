"""The page's addresses."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator

from services.certificates.certificate.number import Number
from services.certificates.certificate.standing import Verdict
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import answers
from services.certificates.verification.answers import When
from services.certificates.verification.words import MESSAGES
from shared.errors import NotFound
from shared.pages.locale import LANGUAGES
from shared.pages.site import Site
from shared.web.dependencies import Now, Today
from shared.web.guards import PUBLIC

SHAPES = {
    Verdict.VALID: "●",
    Verdict.EXPIRING: "◐",
    Verdict.EXPIRED: "○",
    Verdict.SUPERSEDED: "→",
    Verdict.SUSPENDED: "‖",
    Verdict.WITHDRAWN: "■",
    Verdict.ANNULLED: "✕",
    Verdict.NOT_FOUND: "?",
}
SITE = Site(
    "services.certificates.verification",
    MESSAGES,
    "verify",
    {"shapes": SHAPES},
    {"Cache-Control": "no-cache"},
)

# A form sends the fields that a person left blank, too.
Blank = BeforeValidator(lambda value: value or None)

_pages = APIRouter(route_class=SITE.route())


@_pages.get("/verify")
async def verify(
    request: Request,
    now: Now,
    today: Today,
    number: Annotated[Number | None, Blank, Query()] = None,
    issued_on: Annotated[date | None, Blank, Query()] = None,
    at: Annotated[date | None, Blank, Query()] = None,
) -> HTMLResponse:
    """The form, and the answer when a certificate is named."""
    settings: CertificatesSettings = request.app.state.settings
    it = None
    if number is not None and issued_on is not None:
        when = When.asked(at, now, settings.time_zone)
        asking = request.app.state.budgets.of(None, request.client)
        await asking.ask()
        reads = await request.app.state.database.reads.pool()
        it = await answers.verified(reads, number, issued_on, when, settings)
        await asking.in_vain(it["certificate"] is None)
    asked = {"number": number or "", "issued_on": issued_on or "", "at": at or ""}
    return SITE.page(request, "verify.html", it=it, asked=asked, today=today)


@_pages.get("/{path:path}")
async def nothing(path: str) -> HTMLResponse:
    """Every other address."""
    raise NotFound("page.unknown", f"/{path}")


router = APIRouter(include_in_schema=False, dependencies=[Depends(PUBLIC)])
for _language in LANGUAGES:
    router.include_router(_pages, prefix=f"/{_language}")


router.include_router(SITE.front())
