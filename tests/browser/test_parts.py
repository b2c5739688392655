"""The page of all parts in headless Chromium: accessible, narrow, by keyboard, on paper."""

import asyncio
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import httpx
import pypdfium2
import pytest
from playwright.async_api import Browser, FilePayload, Page, Route, expect
from pydantic import SecretStr

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import check_looks, check_width
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import WIRE_SECONDS, listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

SEND = {"ru": "Сохранить протокол", "en": "Save the protocol"}
CLIPPED_WORDS = """() => [...document.querySelectorAll("main *, header *")]
  .filter((e) => e.clientWidth && !e.closest("pre, .aside, table thead")
    && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible"
    && !["INPUT", "SELECT", "TEXTAREA"].includes(e.tagName))
  .map((e) => e.tagName + "." + e.className)"""


@pytest.fixture(scope="module")
async def site(databases: Databases) -> AsyncIterator[str]:
    """The catalog of a trial site behind a real server."""

    def settings(url: str) -> CatalogSettings:
        return CatalogSettings(database_url=SecretStr(url), trial_site=True)

    url = await databases.create(settings)
    with listening(create(settings(url), ManualClock())) as address:
        yield address
    await databases.drop(url)


async def _open(browser: Browser, width: int = 1280, **options: Any) -> Page:
    # The pages' own policy would keep the accessibility scanner's script out, too.
    bypass = options.get("java_script_enabled", True)
    viewport: Any = {"width": width, "height": 900}
    context = await browser.new_context(viewport=viewport, bypass_csp=bypass, **options)
    return await context.new_page()


async def _send_blank(page: Page, language: str) -> None:
    await page.fill("#number", "")
    await page.get_by_role("button", name=SEND[language]).click()
    await page.wait_for_selector(".error-summary")


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("density", ["", "?work"])
async def test_every_part_is_accessible_and_fits(
    browser: Browser, site: str, language: str, density: str
) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/{language}/parts{density}")
    for state in ("fresh", "refused"):
        if state == "refused":
            await _send_blank(page, language)
        await check_looks(page, f"parts-{state}-{language}{density[1:]}")


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_nothing_overflows_on_the_narrowest_screen_nor_with_text_twice_as_large(
    browser: Browser, site: str, language: str
) -> None:
    for width, text_size in ((320, "100%"), (390, "200%"), (1280, "200%")):
        page = await _open(browser, width)
        for density in ("", "?work"):
            await page.goto(f"{site}/{language}/parts{density}")
            await page.evaluate(f"document.documentElement.style.fontSize = '{text_size}'")
            await check_width(page, f"{width}-{text_size}")
            assert await page.evaluate(CLIPPED_WORDS) == [], (width, text_size)


async def test_a_finger_hits_every_control(browser: Browser, site: str) -> None:
    """44 px for what is pressed; links inside sentences and cells are as high as their lines."""
    page = await _open(browser, 390, has_touch=True)
    await page.goto(f"{site}/ru/parts?work")
    low_controls = await page.evaluate(
        """() => [...document.querySelectorAll(
          "button, input:not([type=hidden]), select, textarea, summary, :is(.tabs, .chips) a"
        )].map((e) => e.matches("[type=radio], [type=checkbox]") ? e.parentElement : e)
          .filter((e) => e.checkVisibility() && !e.matches(".aside"))
          .filter((e) => e.getBoundingClientRect().height < 43.5 && !e.closest(".chart"))
          .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert low_controls == []


async def test_the_keyboard_goes_from_top_to_bottom_and_always_shows_where_it_is(
    browser: Browser, site: str
) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/parts")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    places: list[int] = []
    ring = "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
    for _ in range(30):
        await page.keyboard.press("Tab")
        place = await page.evaluate(
            "document.activeElement.getBoundingClientRect().bottom + scrollY"
        )
        places.append(place)
        assert await page.evaluate(ring) >= 2, "the focus is seen"
    backward_steps = [(before, after) for before, after in pairwise(places) if after < before - 60]
    assert backward_steps == []


async def test_errors_get_the_focus_and_lead_to_their_fields(browser: Browser, site: str) -> None:
    for scripts in (True, False):
        page = await _open(browser, java_script_enabled=scripts)
        await page.goto(f"{site}/ru/parts")
        await _send_blank(page, "ru")
        assert (await page.title()).startswith("Ошибка: ")
        await expect(page.locator(".error-summary")).to_be_focused()
        await page.get_by_role("link", name="Впишите: Номер протокола").press("Enter")
        await expect(page.locator("#number")).to_be_focused()
        described_by = await page.locator("#number").get_attribute("aria-describedby")
        assert described_by == "number-hint number-error"


async def test_enter_sends_the_form_and_shows_what_was_understood(
    browser: Browser, site: str
) -> None:
    page = await _open(browser, java_script_enabled=False)
    await page.goto(f"{site}/ru/parts")
    await page.get_by_label("Номер протокола").fill("Э-2026-118")
    await page.get_by_label("День").fill("2 марта 2026 г.")
    await page.get_by_label("Начало").fill("930")
    await page.locator("#points").fill("8,75")
    await page.get_by_label("Лично").check()
    await page.locator("#points").press("Enter")
    await page.wait_for_selector("h2:has-text('Понято')")
    assert page.url == f"{site}/ru/parts", "neither a row nor a language"
    answers = await page.locator(".answers").first.inner_text()
    for words in ("Э-2026-118", "2026-03-02", "09:30", "8.75", "Лично"):
        assert words in answers
    assert await page.locator("#held_on").input_value() == "2", "the pasted date is split"


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_row_is_added_with_the_focus_in_it(
    browser: Browser, site: str, scripts: bool
) -> None:
    page = await _open(browser, java_script_enabled=scripts)
    await page.goto(f"{site}/ru/parts")
    await page.locator("#theory-1-criterion").fill("Речь")
    await page.get_by_role("button", name="Добавить строку").click()
    await expect(page.locator("#theory-2-criterion")).to_be_focused()
    await page.keyboard.type("Грамотность")
    assert await page.locator("#theory-1-criterion").input_value() == "Речь"
    if scripts:
        await page.get_by_role("group", name="Строка 1").get_by_role("button").click()
        await expect(page.locator("#theory-1-criterion")).to_be_focused()
        assert await page.locator(".entry").count() == 2
    await _send_blank(page, "ru")
    assert await page.locator("#theory-1-criterion").input_value() == "Речь"
    assert await page.locator("#theory-2-criterion").input_value() == "Грамотность"


async def test_a_change_of_language_keeps_what_was_typed(browser: Browser, site: str) -> None:
    page = await _open(browser, java_script_enabled=False)
    await page.goto(f"{site}/ru/parts")
    await page.locator("#number").fill("Э-7")
    await page.get_by_role("button", name="English").click()
    await page.wait_for_url("**/en/parts")
    assert await page.locator("#number").input_value() == "Э-7"
    assert await page.locator(".error-summary").count() == 0


async def test_the_script_splits_dates_and_says_numbers_at_once(
    browser: Browser, site: str
) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/parts")
    for text in ("02.03.2026", "2026-03-02", "2 марта 2026 г."):
        await page.locator("#held_on").fill(text)
        await page.locator("#held_on").blur()
        assert await page.locator("#held_on").input_value() == "2", text
        assert await page.locator("#held_on-month").input_value() == "3"
        assert await page.locator("#held_on-year").input_value() == "2026"
    await page.locator("#points").fill("1240.5")
    output = await page.locator("#points-understood").inner_text()
    assert re.sub(r"\s", " ", output) == "Понято как 1 240,5"


async def test_a_double_click_sends_a_form_once(browser: Browser, site: str) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/parts")
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))
    clicked = asyncio.Event()

    async def send_after_clicks(route: Route) -> None:
        """An answer between the two clicks would put another page under the second."""
        await clicked.wait()
        await route.continue_()

    await page.route("**/ru/parts", send_after_clicks)
    await page.get_by_role("button", name=SEND["ru"]).dblclick(no_wait_after=True)
    clicked.set()
    await page.wait_for_selector(".error-summary")
    assert methods.count("POST") == 1


async def test_an_upload_is_seen_on_its_way(browser: Browser, site: str) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/parts")
    content = b"%PDF-1.7" * 100_000
    scan = FilePayload(name="scan.pdf", mimeType="application/pdf", buffer=content)
    await page.set_input_files("#file", files=[scan])
    async with page.expect_response(lambda response: response.request.method == "POST") as answer:
        await page.get_by_role("button", name="Приложить").click()
        await page.wait_for_selector("#file-sending:visible, .error-summary, h1")
    assert (await answer.value).request.resource_type == "xhr"
    await page.wait_for_selector("h1:has-text('Части страниц')")


async def test_news_stand_over_the_page_and_move_nothing(browser: Browser, site: str) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/parts")
    news = page.locator(".live-news")
    await expect(news).to_contain_text("Дело изменено в 14:05")
    places = """[...document.querySelectorAll("main h2, footer")].map((e) => e.offsetTop)"""
    places_with_news = await page.evaluate(places)
    await page.get_by_role("link", name="Доступность").click(trial=True)
    await news.get_by_role("button", name="Скрыть").click()
    await expect(news).to_be_hidden()
    assert await page.evaluate(places) == places_with_news


async def test_the_theme_changes_without_a_new_page_and_is_kept(
    browser: Browser, site: str
) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/parts")
    await page.evaluate("document.body.dataset.kept = 'yes'")
    async with page.expect_response("**/theme"):
        await page.get_by_role("button", name="Тёмное").click()
    assert await page.evaluate("document.body.dataset.kept") == "yes"
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    await page.reload()
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    await page.get_by_role("button", name="Как в системе").click()
    await expect(page.locator("html:not([data-theme])")).to_be_attached()


async def test_a_code_is_copied(browser: Browser, site: str) -> None:
    page = await _open(browser, permissions=["clipboard-read", "clipboard-write"])
    await page.goto(f"{site}/ru/parts")
    await page.get_by_role("button", name="Скопировать").click()
    await expect(page.get_by_role("button", name="Скопировано")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "07.01000.01.00000001.29"


async def test_paper_shows_all_with_address_and_time_and_no_controls(
    browser: Browser, site: str
) -> None:
    page = await _open(browser, color_scheme="dark")
    await page.goto(f"{site}/ru/parts")
    with pypdfium2.PdfDocument(await page.pdf(format="A4", print_background=True)) as document:
        text = " ".join(sheet.get_textpage().get_text_bounded() for sheet in document)
        image = document[0].render(scale=1).to_pil().convert("L")
    assert re.match(r"2 марта 2026 г\., \d\d:\d\d · http\S*/ru/parts", " ".join(text.split()))
    assert "Действует" in text
    for closed_details in ("Неделя", "Свидетельств"):
        assert closed_details in text, "details are open"
    for control in ("Найти", "Сохранить протокол", "Обновить", "Тёмное"):
        assert control not in text
    assert image.getpixel((2, 2)) == 255, "paper is white in the dark theme, too"


async def test_only_a_trial_site_has_the_page(databases: Databases) -> None:
    url = await databases.create(lambda url: CatalogSettings(database_url=SecretStr(url)))
    settings = CatalogSettings(database_url=SecretStr(url))
    with listening(create(settings, ManualClock())) as address:
        async with httpx.AsyncClient(base_url=address, timeout=WIRE_SECONDS) as client:
            for path in ("/ru/parts", "/en/parts", "/ru/parts/news"):
                assert (await client.get(path)).status_code == 404
    await databases.drop(url)
