"""The catalogue in headless Chromium: accessible, as wide as a phone, by keyboard alone."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from playwright.async_api import Browser, Page
from pydantic import SecretStr

from services.catalog.load import Publication, load_qualifications
from services.catalog.main import create
from services.catalog.qualification.form import QualificationDraft
from services.catalog.settings import CatalogSettings
from shared.clock import civil_date
from tests import tokens
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import check_looks, check_width, list_violations
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import WIRE_SECONDS, listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

APPROVAL = {"approved_by": "Агентство", "protocol_number": "17", "protocol_date": "2026-02-01"}
PAGES = {
    "home": "",
    "about": "/about",
    "list": "/qualifications",
    "filters": "/qualifications?text=обслуживания&level=5&area=07&on=2026-03-02",
    "faults": "/qualifications?level=99&on-day=31&on-month=2&on-year=2026",
    "nothing": "/qualifications?text=000",
    "one": "/qualifications/{id}",
    "next": "/qualifications/{id}/versions/3",
    "differences": "/qualifications/{id}/versions/3/differences",
    "form": "/form",
    "rules": "/problems",
    "rule": "/problems/limit.questions",
    "problem": "/nowhere",
}
"""The address of each page, without its language; `{id}` is a qualification of three versions."""


@pytest.fixture(scope="module")
async def site(databases: Databases) -> AsyncIterator[str]:
    """The catalog behind a real server, with the five qualifications, one of them revised."""

    def settings(url: str) -> CatalogSettings:
        return CatalogSettings(database_url=SecretStr(url))

    url = await databases.create(settings)
    with listening(create(settings(url), ManualClock())) as address:
        yield address
    await databases.drop(url)


@pytest.fixture(scope="module")
def revised(site: str) -> str:
    """The id of the qualification that has a third version."""
    today = civil_date(ManualClock().now(), CatalogSettings.model_fields["time_zone"].default)
    with httpx.Client(
        base_url=site, headers=tokens.all_roles_headers(), timeout=WIRE_SECONDS
    ) as client:
        yesterday = today - timedelta(days=1)
        publication = Publication(APPROVAL, yesterday.isoformat(), today.isoformat())
        load_qualifications(client, publication, lambda _: None)
        (item,) = client.get("/v1/qualifications", params={"level": 5}).json()["items"]
        address = f"/v1/qualifications/{item['id']}"
        body = _content(client.get(address).json())
        body["validity_term"] = "P5Y"
        body["labour_functions"][0]["name"] = "Оперативное управление"
        body["requirements"]["parts"][1]["parts"][0]["months"] = 9
        body_with_change = {**body, "change": "substantive", "change_reason": "Новый срок"}
        assert client.post(f"{address}/versions", json=body_with_change).status_code == 201
        for step, step_body in (
            ("submit", None),
            ("approve", APPROVAL),
            ("publish", {"effective_from": "2026-06-01"}),
        ):
            answer = client.post(f"{address}/versions/3/{step}", json=step_body)
            assert answer.status_code == 200, answer.text
        return str(item["id"])


def _content(qualification: dict[str, Any]) -> dict[str, Any]:
    return {name: qualification[name] for name in QualificationDraft.model_fields}


async def _open(browser: Browser, width: int = 1280, **options: Any) -> Page:
    # The pages' own policy would keep the accessibility scanner's script out, too.
    bypass = options.get("java_script_enabled", True)
    viewport: Any = {"width": width, "height": 900}
    context = await browser.new_context(viewport=viewport, bypass_csp=bypass, **options)
    return await context.new_page()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_page_is_accessible_and_fits(
    browser: Browser, site: str, revised: str, language: str
) -> None:
    page = await _open(browser)
    for name, address in PAGES.items():
        await page.goto(f"{site}/{language}{address.format(id=revised)}")
        await check_looks(page, f"catalogue-{name}-{language}")


async def test_every_page_fits_where_320_px_are_left(
    browser: Browser, site: str, revised: str
) -> None:
    page = await _open(browser, 320)
    for language, (name, address) in product(("ru", "en"), PAGES.items()):
        await page.goto(f"{site}/{language}{address.format(id=revised)}")
        await check_width(page, f"{name}-{language}")


async def test_the_printed_form_is_readable_and_its_sheets_are_counted(
    browser: Browser, site: str, revised: str, tmp_path: Path
) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/form?on=2026-03-02")
    path = tmp_path / "form.pdf"
    await page.pdf(path=path, prefer_css_page_size=True)
    sheets = await asyncio.to_thread(_read_sheets, path, tmp_path)
    assert len(sheets) > 1
    for number, (text, (width, height)) in enumerate(sheets, 1):
        assert width > height, "A4, across"
        assert f"Лист {number} из {len(sheets)}" in text
        has_head = "Наименование трудовой функции" in text
        assert has_head or "Дополнено издателем" in text, "the head repeats above every row"


def _read_sheets(path: Path, folder: Path) -> list[tuple[str, tuple[float, float]]]:
    """The text and the size of each sheet; its picture is kept in the folder."""
    with pypdfium2.PdfDocument(path) as document:
        for number, sheet in enumerate(document, 1):
            sheet.render(scale=1.5).to_pil().save(folder / f"sheet-{number}.png")
        return [
            (" ".join(sheet.get_textpage().get_text_bounded().split()), sheet.get_size())
            for sheet in document
        ]


async def test_the_scanner_finds_what_is_wrong(browser: Browser, site: str, revised: str) -> None:
    page = await _open(browser)
    await page.goto(f"{site}/ru/qualifications/{revised}")
    await page.evaluate("document.documentElement.removeAttribute('lang')")
    (violation,) = await list_violations(page)
    assert violation.startswith("html-has-lang")


async def test_a_person_finds_a_qualification_by_keyboard_without_scripts(
    browser: Browser, site: str, revised: str
) -> None:
    page = await _open(browser, java_script_enabled=False)
    await page.goto(f"{site}/ru")
    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Перейти к содержанию"
    await page.get_by_role("searchbox", name="Слова или код").focus()
    await page.keyboard.type("показателей деятельности")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/ru/qualifications?**")
    assert "Найдено 1" in await page.locator("main").inner_text()
    link = page.get_by_role("link", name="Специалист по оперативному управлению")
    await link.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/ru/qualifications/{revised}")
    name = re.compile(r"Что изменилось\s*: Версия 3")
    await page.get_by_role("link", name=name).focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/versions/3/differences")
    assert await page.get_by_role("heading", level=1).inner_text() == "Что изменилось"
    await page.get_by_role("link", name="English").click()
    await page.wait_for_url("**/en/qualifications/**/differences")
    assert await page.get_by_role("heading", level=1).inner_text() == "What changed"
