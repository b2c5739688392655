"""The page of the API's document, in headless Chromium: whole, and from this site alone."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser
from pydantic import SecretStr

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from tests.browser.chromium import CHROMIUM
from tests.clock import ManualClock
from tests.serving import listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
OPERATIONS = ".opblock"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The catalog; its documentation needs no database."""
    settings = CatalogSettings(database_url=SecretStr("postgresql:///nobody-connects"))
    with listening(create(settings, ManualClock())) as address:
        yield address


async def test_the_document_is_shown_without_any_other_host(browser: Browser, site: str) -> None:
    page = await (await browser.new_context()).new_page()
    addresses: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{site}/docs/catalog")
    await page.wait_for_selector(OPERATIONS)
    async with httpx.AsyncClient() as client:
        document = (await client.get(f"{site}/openapi/catalog.json")).json()
    paths = document["paths"]
    count = sum(len(methods) for methods in paths.values())
    assert await page.locator(OPERATIONS).count() == count
    await page.locator(OPERATIONS).first.click()
    await page.wait_for_selector(".opblock.is-open .responses-table")
    assert [address for address in addresses if not address.startswith((site, "data:"))] == []
    assert complaints == []
