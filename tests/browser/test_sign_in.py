"""Signing in and out in headless Chromium, without JavaScript, by the local issuer's pages."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from shared.clock import SystemClock
from shared.web.sessions import SESSION_COOKIE
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import WIDTHS, check_looks
from tests.serving import listening
from tests.shared.sign_in_site import create_site
from tests.sign_in import Addresses, running_issuer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A site and its provider, both running."""
    addresses = Addresses.reserve()
    app = create_site(SystemClock(), **addresses.settings)
    folder = tmp_path_factory.mktemp("issuer") / "secrets"
    with listening(app, addresses.site_port), running_issuer(folder, addresses):
        yield addresses


async def _open(browser: Browser, width: int = 1280, **options: Any) -> Page:
    viewport: Any = {"width": width, "height": 900}
    context = await browser.new_context(viewport=viewport, locale="ru-RU", **options)
    return await context.new_page()


async def test_a_clerk_signs_in_by_two_clicks_comes_back_and_signs_out(
    browser: Browser, addresses: Addresses
) -> None:
    site = addresses.site_url
    page = await _open(browser, java_script_enabled=False)
    await page.goto(f"{site}/ru/cases/26-000118")
    await page.locator("main").get_by_role("link", name="Войти").click()
    await page.wait_for_url(f"{addresses.issuer}/authorize?*")
    await page.get_by_role("button", name="Ирина Котова").click()
    await page.wait_for_url(f"{site}/ru/cases/26-000118")
    assert await page.locator("body").inner_text() == "26-000118: Ирина Котова, 78.041"
    await page.goto(f"{site}/ru/sign-in")
    await page.get_by_role("button", name="Выйти").click()
    await page.wait_for_url(f"{site}/ru/sign-out?ended=yes")
    assert await page.get_by_role("heading", level=1).inner_text() == "Вы вышли"
    names = {cookie.get("name") for cookie in await page.context.cookies()}
    assert SESSION_COOKIE not in names


async def test_who_declines_may_try_again(browser: Browser, addresses: Addresses) -> None:
    page = await _open(browser, java_script_enabled=False)
    await page.goto(f"{addresses.site_url}/en/sign-in?next=/en/cases/26-000118")
    await page.locator("main").get_by_role("link", name="Sign in").click()
    await page.get_by_role("button", name="Decline").click()
    assert "you declined" in await page.get_by_role("alert").inner_text()
    await page.get_by_role("link", name="Sign in again").click()
    await page.get_by_role("button", name="another clerk").click()
    await page.wait_for_url(f"{addresses.site_url}/en/cases/26-000118")


async def test_a_letters_link_finds_the_session(browser: Browser, addresses: Addresses) -> None:
    """A `Strict` cookie would not come along from another site: the first page would refuse."""
    page = await _open(browser, java_script_enabled=False)
    site = addresses.site_url
    await page.goto(f"{site}/ru/sign-in")
    await page.locator("main").get_by_role("link", name="Войти", exact=True).click()
    await page.get_by_role("button", name="Ирина Котова").click()
    await page.wait_for_url(f"{site}/ru/work")
    other_host = site.replace("127.0.0.1", "localhost")
    await page.route(
        f"{other_host}/letter",
        lambda route: route.fulfill(
            body=f'<a href="{site}/ru/cases/26-000118">case</a>', content_type="text/html"
        ),
    )
    await page.goto(f"{other_host}/letter")
    await page.get_by_role("link", name="case").click()
    assert "Ирина Котова" in await page.locator("body").inner_text()


async def test_every_page_of_signing_in_is_accessible_and_fits(
    browser: Browser, addresses: Addresses
) -> None:
    # The pages' own policy would keep the accessibility scanner's script out, too.
    page = await _open(browser, bypass_csp=True)
    widths = {"narrowest": 320, **WIDTHS}
    site = addresses.site_url
    for language in ("ru", "en"):
        pages = {
            "ask": f"{site}/{language}/sign-in?next=/{language}/cases/26-000118",
            "failure": f"{site}/{language}/sign-in?failure=unavailable",
            "end": f"{site}/{language}/sign-out?ended=yes",
            "choice": f"{site}/sign-in/start?language={language}",
            "refusal": f"{addresses.issuer}/authorize",
        }
        for name, address in pages.items():
            await page.goto(address)
            await check_looks(page, f"{name}-{language}", widths)
    await page.goto(pages["choice"])
    await page.get_by_role("button", name="Ирина Котова").click()
    await page.wait_for_url(f"{site}/en/work")
    for name in ("sign-in", "sign-out"):
        await page.goto(f"{site}/ru/{name}")
        await check_looks(page, f"reader-{name}", widths)
