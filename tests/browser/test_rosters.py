"""The pages of rosters in headless Chromium: accessible, narrow, whole without a script."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from services.certificates.main import create
from services.certificates.rosters import jobs
from services.certificates.rosters.digests import seal_rosters
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import check_looks
from tests.browser.sessions import open_session
from tests.certificates.rosters.portal import WISH, lines, load_certificates, portal
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import WIRE_SECONDS, listening
from tests.site.rosters import ENDPOINT, set_endpoint_state

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url), trial_site=True)


async def _fill_roster(site: str, database: Database, settings: CertificatesSettings) -> list[str]:
    """The addresses of a roster with 70 certificates, an event, and a list with refusals."""
    clock = ManualClock()
    await load_certificates(database, 70)
    async with httpx.AsyncClient(base_url=site, headers=portal(), timeout=WIRE_SECONDS) as client:
        answer = await client.post("/v1/subscriptions", json=WISH)
        path = answer.headers["location"]
        questions = [{"number": f"load-{n}", "issued_on": "2026-03-02"} for n in range(1, 71)]
        listed = await client.post(
            f"{path}/enrolment-jobs",
            content=lines(*questions, {}, "x"),
            headers={"Content-Type": "application/x-ndjson"},
        )
    await jobs.handle_next_rows(database, clock, settings)
    clock.advance(days=1)
    await seal_rosters(database, clock, settings)
    own = f"/rosters/{path.rpartition('/')[2]}"
    endpoint_ids = []
    async with httpx.AsyncClient(base_url=site, headers=portal(), timeout=WIRE_SECONDS) as client:
        for state in ("unverified", "failing"):
            entered = await client.post(f"{path}/endpoints", json=ENDPOINT)
            endpoint_ids.append(entered.json()["id"])
            await set_endpoint_state(database, clock, endpoint_ids[-1], state)
    pages = (
        *("", "/add", "/list", "/end", "/events", f"/jobs/{listed.json()['id']}", "/endpoints"),
        *(f"/endpoints/{endpoint_id}" for endpoint_id in endpoint_ids),
    )
    return ["/rosters", "/rosters/new", *(f"{own}{page}" for page in pages)]


@pytest.fixture(scope="module")
async def roster_site(databases: Databases) -> AsyncIterator[tuple[str, list[str]]]:
    """The certificates service behind a real server, and the addresses of its rosters."""
    url = await databases.create(_settings)
    settings = _settings(url)
    database = Database.connect(settings)
    with listening(create(settings, ManualClock())) as site:
        yield site, await _fill_roster(site, database, settings)
    await database.close()
    await databases.drop(url)


async def _open(browser: Browser, site: str, width: int = 1280, **options: Any) -> Page:
    bypass = options.get("java_script_enabled", True)
    viewport: Any = {"width": width, "height": 900}
    context = await browser.new_context(viewport=viewport, bypass_csp=bypass, **options)
    token = tokens.token(Scope.WATCH, name="О. Рудина", employer=tokens.EMPLOYER)
    await open_session(context, site, token)
    return await context.new_page()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_page_is_accessible_and_fits(
    browser: Browser, roster_site: tuple[str, list[str]], language: str
) -> None:
    site, paths = roster_site
    page = await _open(browser, site)
    for number, path in enumerate(paths):
        response = await page.goto(f"{site}/{language}{path}")
        assert response is not None
        assert response.status == 200, path
        await check_looks(page, f"rosters-{number}-{language}")


async def test_a_roster_is_begun_and_filled_without_a_script(
    browser: Browser, roster_site: tuple[str, list[str]]
) -> None:
    site, _ = roster_site
    page = await _open(browser, site, java_script_enabled=False)
    await page.goto(f"{site}/en/rosters")
    await page.get_by_role("link", name="New roster").first.click()
    await page.get_by_label("Name").fill("Warehouse")
    await page.get_by_label("Purpose").fill("Whom to let drive")
    await page.get_by_label("Basis").fill("Labour code")
    await page.get_by_label("Day").fill("2028-01-01")
    await page.get_by_role("button", name="Begin the roster").click()
    await expect(page.get_by_role("status")).to_contain_text("The roster is there.")
    await page.get_by_role("link", name="Add a certificate").first.click()
    await page.get_by_label("Certificate number").fill("load-7")
    await page.get_by_label("Day").first.fill("2 March 2026")
    await page.get_by_role("button", name="Add a certificate").click()
    await expect(page.get_by_role("row").nth(1)).to_contain_text("load-7")
    await page.get_by_role("button", name="Take off load-7").click()
    await expect(page.get_by_role("status")).to_contain_text("off the roster")
