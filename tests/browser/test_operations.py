"""The pages of operations in headless Chromium: accessible, narrow, renewed without a reload."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.expiries import EXPIRY_WEEKS_JOB, count_expiries
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.scan import scan_due_notices
from shared.context import command_context
from shared.db import Database
from shared.job_states.set_aside import set_row_aside
from shared.job_states.states import record_failure, record_success
from shared.messaging.dead_letters import store_dead_letter
from shared.principal import Scope
from tests import tokens
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import check_looks, check_width
from tests.browser.sessions import open_session
from tests.certificates.approvals import approval, delivery
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

PATHS = (
    *("", "/notices", "/notices?kind=expired&number=x", "/rehearsal", "/due", "/registry"),
    *("/certificates", "/certificates/set-aside", "/certificates/dead-letters"),
    "/certificates/dead-letters/1",
)
SUBJECT = "11111111-1111-4111-8111-111111111111"


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url), trial_site=True)


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    """A database with certificates, a ledger, and something in every table of troubles."""
    url = await databases.create(_settings)
    settings, clock = _settings(url), ManualClock()
    database = Database.connect(settings)
    today = clock.now().date()
    ends = [today + timedelta(days=7 * (number % 60) + number % 9) for number in range(900)]
    await load_certificates(database, ends, today - timedelta(days=1000))
    await scan_due_notices(database, clock, settings)
    async with database.transaction() as session:
        await count_expiries(command_context(session, clock.now(), settings, "tester"))
        for job in (NOTICES_JOB, EXPIRY_WEEKS_JOB):
            await record_success(session, job, 300, 0, clock.now())
        await record_failure(session, "feed-seal", 300, "OSError", clock.now())
        await set_row_aside(session, NOTICES_JOB, SUBJECT, "DataError, SQLSTATE 22P02", clock.now())
    for detail in ("ValueError", "KeyError"):
        await store_dead_letter(database, delivery(approval(), clock.now()), "failure", detail, 5)
    yield database
    await database.close()
    await databases.drop(url)


@pytest.fixture(scope="module")
async def site(database: Database) -> AsyncIterator[str]:
    """The certificates service behind a real server."""
    with listening(create(_settings(database.dsn), ManualClock())) as address:
        yield address


async def _open(browser: Browser, site: str, width: int = 1280, **options: Any) -> Page:
    bypass = options.get("java_script_enabled", True)
    viewport: Any = {"width": width, "height": 900}
    context = await browser.new_context(viewport=viewport, bypass_csp=bypass, **options)
    token = tokens.token(Scope.OPERATE, subject="operations", name="О. Дежурный")
    await open_session(context, site, token)
    return await context.new_page()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_page_is_accessible_and_fits(
    browser: Browser, site: str, language: str
) -> None:
    page = await _open(browser, site)
    for number, path in enumerate(PATHS):
        response = await page.goto(f"{site}/{language}/operations{path}")
        assert response is not None
        assert response.status < 500
        await check_looks(page, f"operations-{number}-{language}")


@pytest.mark.parametrize("width", [320, 390])
async def test_nothing_overflows_on_narrow_screens_with_large_text(
    browser: Browser, site: str, width: int
) -> None:
    page = await _open(browser, site, width)
    for path in PATHS:
        await page.goto(f"{site}/ru/operations{path}")
        if width > 320:
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
        await check_width(page, path)


async def test_figures_are_renewed_without_a_reload_and_never_under_the_hand(
    browser: Browser, site: str, database: Database
) -> None:
    page = await _open(browser, site)
    await page.clock.install()
    statuses: list[int] = []
    page.on("response", lambda response: statuses.append(response.status))
    await page.goto(f"{site}/en/operations/certificates")
    await page.evaluate("window.isSameDocument = true")
    tile = page.get_by_role("link", name="Rows set aside")
    await expect(tile.locator(".figure")).to_have_text("1")
    async with page.expect_response(lambda response: response.status == 200):
        await page.clock.run_for(30_000)
    async with page.expect_response(lambda response: response.status == 304):
        await page.clock.run_for(30_000)
    async with database.transaction() as session:
        await set_row_aside(session, NOTICES_JOB, "another", "ValueError", ManualClock().now())
    await tile.focus()
    await page.clock.run_for(60_000)
    await expect(tile.locator(".figure")).to_have_text("1")
    await page.locator("h1").click()
    await page.clock.run_for(30_000)
    await expect(tile.locator(".figure")).to_have_text("2")
    assert await page.evaluate("window.isSameDocument")


async def test_operations_mend_what_is_wrong_without_javascript(
    browser: Browser, site: str
) -> None:
    page = await _open(browser, site, java_script_enabled=False)
    await page.goto(f"{site}/ru/operations")
    await page.get_by_role("link", name="Отложенные строки").click()
    await page.get_by_label("Строка 1", exact=True).check()
    await page.get_by_role("button", name="Повторить выбранные").click()
    await expect(page.get_by_role("status")).to_contain_text("будет повторено строк: 1")
    await page.goto(f"{site}/ru/operations")
    await page.get_by_role("link", name="Необработанные события").click()
    await page.get_by_role("link", name="Событие № 1").click()
    await page.get_by_role("button", name="Показать (с записью)").click()
    await expect(page.get_by_text("Просмотр записан.")).to_be_visible()
    await page.get_by_role("button", name="Повторить", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("Событие обработано.")
    await page.get_by_role("link", name="Необработанные события").click()
    await page.get_by_role("link", name="Событие № 2").click()
    await page.get_by_label("Почему").fill("Издатель прислал его по ошибке")
    await page.get_by_role("button", name="Отбросить навсегда").click()
    await expect(page.get_by_role("status")).to_have_text("Событие отброшено.")
