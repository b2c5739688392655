"""The site's first page, and the page about the site."""

import re

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.catalog.pages.rendering import render_page
from services.catalog.search.queries import VersionFilter, count_versions
from shared.pages.forms import FormState
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC_PAGE
from shared.web.resources import get_resources

_PHONE = re.compile(r"\+?[\d\s()-]+")

router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)])


@router.get("")
async def show_home(request: Request, session: ReadOnlyTransaction, today: Today) -> HTMLResponse:
    """What the site is for, and its two questions: is a certificate valid, what is needed for one.

    The forms lead to the pages that answer them, on whichever service they are.
    """
    total = await count_versions(session, VersionFilter(on=today))
    return render_page(request, "home.html", form=FormState(), total=total)


@router.get("/about")
async def show_about(request: Request) -> HTMLResponse:
    """Accessibility, contact, personal data, cookies, programs."""
    contact = get_resources(request).settings.site_contact
    return render_page(
        request, "about.html", contact=contact, contact_href=find_contact_href(contact)
    )


def find_contact_href(contact: str) -> str | None:
    """The address that a link to the contact opens: an e-mail or a call; None for other text."""
    if "@" in contact and " " not in contact:
        return f"mailto:{contact}"
    if _PHONE.fullmatch(contact):
        return "tel:" + re.sub(r"[^\d+]", "", contact)
    return None
