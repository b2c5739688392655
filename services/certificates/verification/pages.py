"""The routes of the public page."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator

from services.certificates.certificate.number import (
    NUMBER_MAX_LENGTH,
    NUMBER_MIN_LENGTH,
    CertificateNumber,
)
from services.certificates.certificate.standing import VERDICTS
from services.certificates.verification.answers import Verifier, verify_number
from services.certificates.verification.resources import get_verification_resources
from shared.errors import NotFound
from shared.locale.catalogues import Languages
from shared.pages.site import Site
from shared.web.dependencies import Now, Today
from shared.web.guards import PUBLIC
from shared.web.resources import get_resources

SITE = Site(
    "services.certificates.verification",
    "verify",
    {"verdicts": VERDICTS, "number_lengths": (NUMBER_MIN_LENGTH, NUMBER_MAX_LENGTH)},
    {"Cache-Control": "no-cache"},
)

# A form sends the fields that a person left blank, too.
BlankAsNone = BeforeValidator(lambda value: value or None)

_page_router = APIRouter(route_class=SITE.page_route_class(), dependencies=[Depends(PUBLIC)])


@_page_router.get("/verify")
async def show_verification(
    request: Request,
    now: Now,
    today: Today,
    number: Annotated[CertificateNumber | None, BlankAsNone, Query()] = None,
    issued_on: Annotated[date | None, BlankAsNone, Query()] = None,
    at: Annotated[date | None, BlankAsNone, Query()] = None,
) -> HTMLResponse:
    """The form, with the answer when number and date of issue are given."""
    settings = get_verification_resources(request).settings
    answer = None
    if number is not None and issued_on is not None:
        pool = await get_resources(request).database.read_pool.get_pool()
        verifier = Verifier.about(pool, at, now, settings)
        allowance = get_verification_resources(request).rate_limits.for_caller(None, request.client)
        await allowance.reserve()
        answer = await verify_number(verifier, number, issued_on)
        await allowance.count_unknown(answer["certificate"] is None)
    form_values = {"number": number or "", "issued_on": issued_on or "", "at": at or ""}
    return SITE.render_page(request, "verify.html", answer=answer, form=form_values, today=today)


@_page_router.get("/{path:path}")
async def refuse_unknown_page(path: str) -> HTMLResponse:
    """Every address without a page. Raises `NotFound`."""
    raise NotFound("page.unknown", f"/{path}")


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages."""
    return SITE.build_router(tuple(languages), [_page_router])
