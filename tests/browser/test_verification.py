"""The public page behind a certificate, in headless Chromium: every verdict, in every look."""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from playwright.async_api import Browser, Page
from pydantic import SecretStr
from sqlalchemy import text

from services.certificates.handlers import event_handlers
from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.messaging.consumer import Consumer
from tests import tokens
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import check_look, check_looks, check_width
from tests.certificates.verification.verdicts import (
    STATES,
    UNKNOWN,
    VALID,
    answer_address,
    issue_every_state,
)
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import WIRE_SECONDS, listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
async def site(databases: Databases) -> AsyncIterator[str]:
    """The certificates service behind a real server, with certificates in every state."""

    def settings(url: str) -> CertificatesSettings:
        return CertificatesSettings(
            database_url=SecretStr(url),
            iso_measures=True,
            public_rate="100000/minute",
            public_unknown_rate="30/hour",
        )

    clock = ManualClock()
    url = await databases.create(settings)
    service_settings = settings(url)
    database = Database.connect(service_settings)
    consumer = Consumer(database, service_settings, event_handlers(service_settings), clock)
    with listening(create(service_settings, clock)) as address:
        headers = tokens.all_roles_headers()
        async with httpx.AsyncClient(
            base_url=address, headers=headers, timeout=WIRE_SECONDS
        ) as client:
            await issue_every_state(consumer, clock, client)
        await _give_moved_window(database)
        await database.close()
        yield address
    await databases.drop(url)


async def _give_moved_window(database: Database) -> None:
    """A window of renewal for the valid certificate, which its council has moved."""
    statement = """
        WITH act AS (
            INSERT INTO renewal_pull_forward VALUES (gen_random_uuid(), gen_random_uuid(), 'Совет',
                '2029-01-01', '2029-12-31', '2028-05-10', '2028-05-16', 'Ремонт центров',
                'https://council.example/renewal', 1, 'tester', now())
            RETURNING id
        )
        INSERT INTO renewal_window (certificate_id, generation, qualification_id, starts_on,
                                    ends_on, slot_on, pull_forward_id)
        SELECT c.id, c.generation, c.qualification_id, '2028-05-10', '2028-05-16', '2028-05-16',
               act.id
        FROM certificate AS c, act WHERE c.number = :number
    """
    async with database.transaction() as session:
        await execute(session, text(statement), {"number": VALID})


PAGES = {
    "renewal": "/renewal",
    "form": "/verify",
    "number": f"/verify?number={VALID}",
    "faults": "/verify?number=7&issued_on-day=31&issued_on-month=2&issued_on-year=2026&on=soon",
    **{name: state.address for name, state in STATES.items()},
}


async def open_page(browser: Browser, width: int = 1280, **options: Any) -> Page:
    """A window; the pages' own policy would keep the accessibility scanner's script out, too."""
    bypass = options.get("java_script_enabled", True)
    viewport: Any = {"width": width, "height": 900}
    context = await browser.new_context(viewport=viewport, bypass_csp=bypass, **options)
    return await context.new_page()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_state_is_accessible_and_fits(
    browser: Browser, site: str, language: str
) -> None:
    page = await open_page(browser)
    for name, address in PAGES.items():
        await page.goto(f"{site}/{language}{address}")
        await check_looks(page, f"verdict-{name}-{language}")


async def test_every_state_fits_where_320_px_are_left(browser: Browser, site: str) -> None:
    page = await open_page(browser, 320)
    for language, (name, address) in product(("ru", "en"), PAGES.items()):
        await page.goto(f"{site}/{language}{address}")
        await check_width(page, f"{name}-{language}")


async def test_a_person_verifies_a_certificate_by_keyboard_without_scripts(
    browser: Browser, site: str
) -> None:
    page = await open_page(browser, java_script_enabled=False, locale="ru-RU")
    await page.goto(site)
    assert page.url.endswith("/ru/verify")
    await page.get_by_role("textbox", name="Номер свидетельства").focus()
    await page.keyboard.type(VALID)
    await page.keyboard.press("Tab")
    await page.keyboard.type("02.03.2026")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site}/ru{answer_address(VALID)}")
    page_text = " ".join((await page.locator("main").inner_text()).split())
    assert "Оператор контактного центра" in page_text
    assert "по 2 марта 2029 г. включительно" in page_text
    assert "Белова" not in await page.content(), "nothing about the person"
    await page.get_by_role("link", name="English").click()
    assert await page.get_by_role("heading", level=1).inner_text() == "Valid"
    assert (
        await page.get_by_role("textbox", name="Number of the certificate").input_value() == VALID
    )


async def test_faults_take_the_focus_and_lead_to_their_fields(browser: Browser, site: str) -> None:
    page = await open_page(browser)
    await page.goto(f"{site}/ru/verify")
    await page.get_by_role("button", name="Проверить").click()
    assert (await page.title()).startswith("Ошибка:")
    assert "error-summary" in (await page.locator(":focus").get_attribute("class") or "")
    await page.get_by_role("link", name="Введите дату выдачи").click()
    assert await page.locator(":focus").get_attribute("name") == "issued_on-day"


async def test_families_differ_on_a_grey_print(browser: Browser, site: str, tmp_path: Path) -> None:
    page = await open_page(browser)
    borders = {}
    for name in ("valid", "suspended", "expired", "not-found"):
        state = STATES[name]
        await page.goto(f"{site}/ru{state.address}")
        await page.emulate_media(media="print")
        sheet = page.locator(".verdict-sheet")
        borders[name] = await sheet.evaluate(
            "(e) => getComputedStyle(e).borderTopStyle + getComputedStyle(e).borderTopWidth"
        )
        await page.screenshot(path=tmp_path / f"{name}-print.png")
        await page.emulate_media(media="screen")
    assert len(set(borders.values())) == len(borders), borders


@pytest.mark.parametrize("name", ["valid", "superseded", "not-found"])
async def test_a_printed_verdict_is_read_back(
    browser: Browser, site: str, name: str, tmp_path: Path
) -> None:
    page = await open_page(browser, color_scheme="dark")
    state = STATES[name]
    await page.goto(f"{site}/ru{state.address}")
    path = tmp_path / f"{name}.pdf"
    await page.pdf(path=path, prefer_css_page_size=True)
    # Reading a file and drawing its sheet takes a while, on one thread as on another.
    text, size = await asyncio.to_thread(_read_first_sheet, path, tmp_path / f"{name}-sheet.png")
    assert state.russian in text
    assert "Проверено 3 марта 2027 г., 12:00:00 (Москва)" in text
    assert state.address in text, "the address stands on top"
    assert "Проверить ещё раз" not in text, "the form stays off the paper"
    assert [round(side) for side in size] == [595, 842], "A4, upright"


def _read_first_sheet(path: Path, picture_path: Path) -> tuple[str, tuple[float, float]]:
    with pypdfium2.PdfDocument(path) as document:
        sheet = document[0]
        sheet.render(scale=1.5, grayscale=True).to_pil().save(picture_path)
        return " ".join(sheet.get_textpage().get_text_bounded().split()), sheet.get_size()


async def test_a_refusal_is_accessible_and_keeps_the_question(
    browser: Browser, databases: Databases
) -> None:
    def settings(url: str) -> CertificatesSettings:
        return CertificatesSettings(database_url=SecretStr(url), public_unknown_rate="1/hour")

    url = await databases.create(settings)
    page = await open_page(browser, 390)
    with listening(create(settings(url), ManualClock())) as address:
        await page.goto(f"{address}/ru{answer_address(UNKNOWN)}")
        assert "Попыток не осталось" in await page.locator("main").inner_text()
        await page.goto(f"{address}/ru{answer_address(VALID)}")
        heading = await page.get_by_role("heading", level=1).inner_text()
        assert heading.startswith("Проверка возобновится в")
        assert await page.get_by_role("textbox", name="Номер свидетельства").input_value() == VALID
        await check_look(page, "verification-refusal")
    await databases.drop(url)
