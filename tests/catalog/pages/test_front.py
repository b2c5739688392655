"""The site's first page, and the page about the site."""

import re

import httpx
import pytest

from services.catalog.main import create
from services.catalog.pages.front_pages import find_contact_href
from services.catalog.settings import CatalogSettings
from tests.catalog.qualifications import draft, publish
from tests.clock import ManualClock
from tests.serving import serving


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_first_page_asks_both_questions(client: httpx.AsyncClient, language: str) -> None:
    await publish(client, await draft(client))
    page = (await client.get(f"/{language}")).text
    for action, names in (
        ("verify", {"number", "issued_on-day", "issued_on-month", "issued_on-year"}),
        ("qualifications", {"text"}),
        ("find", {"q"}),
    ):
        form = re.search(rf'<form[^>]*action="/{language}/{action}".*?</form>', page, re.DOTALL)
        assert form is not None, action
        assert set(re.findall(r'name="([^"]+)"', form[0])) == names
    assert f'href="/{language}/sign-in?next=/{language}/work"' in page
    description = re.search(r'<meta name="description" content="([^"]{40,160})">', page)
    assert description is not None
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/{language}">' in page


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_footers_links_lead_to_what_they_name(
    client: httpx.AsyncClient, language: str
) -> None:
    page = (await client.get(f"/{language}/about")).text
    fragments = re.findall(rf'href="/{language}/about#([a-z-]+)"', page)
    assert fragments
    for fragment in fragments:
        assert f'id="{fragment}"' in page


async def test_the_contact_is_a_setting(settings: CatalogSettings, clock: ManualClock) -> None:
    contact = "help@attesta.example"
    with_contact = settings.model_copy(update={"site_contact": contact})
    async with serving(create(with_contact, clock)) as client:
        page = (await client.get("/ru/about")).text
    assert f'<a href="mailto:{contact}">{contact}</a>' in page


@pytest.mark.parametrize(
    ("contact", "href"),
    [
        ("help@attesta.example", "mailto:help@attesta.example"),
        ("+7 (495) 123-45-67", "tel:+74951234567"),
        ("кабинет 12", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_contact_is_linked_by_what_it_is(contact: str, href: str | None) -> None:
    assert find_contact_href(contact) == href
