"""The public page behind a certificate, in headless Chromium: every verdict, phone and desktop."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser
from pydantic import SecretStr

from services.certificates.issuance.handlers import event_handlers
from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests import tokens
from tests.browser.chromium import CHROMIUM
from tests.certificates.approvals import approval, delivery
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

WIDTHS = {"phone": 390, "desktop": 1280}
NUMBERS = {name: f"07.01000.00.0000000{place}.29" for place, name in enumerate("abc", 1)}


@pytest.fixture
async def site(databases: Databases, clock: ManualClock) -> AsyncIterator[str]:
    """Three certificates: one annulled, one superseded later, one that just is."""

    def settings(url: str) -> CertificatesSettings:
        return CertificatesSettings(database_url=SecretStr(url))

    url = await databases.create(settings)
    service_settings = settings(url)
    database = Database.connect(service_settings)
    consumer = Consumer(database, service_settings, event_handlers(service_settings), clock)
    for _ in range(3):
        await consumer.handle_record(delivery(approval(), clock.now()))
    clock.advance(days=1050)
    event = approval().model_copy(update={"recertifies": NUMBERS["b"]})
    await consumer.handle_record(delivery(event, clock.now()))
    await database.close()
    with listening(create(service_settings, clock)) as address:
        async with httpx.AsyncClient(
            base_url=address, headers=tokens.all_roles_headers()
        ) as client:
            certificates = (await client.get("/v1/certificates")).json()["items"]
            (first,) = [item["id"] for item in certificates if item["number"] == NUMBERS["a"]]
            body = {"reason": "Выдано не тому человеку", "basis": "Решение № 7"}
            answer = await client.post(f"/v1/certificates/{first}/annulment", json=body)
            assert answer.status_code == 200, answer.text
        yield address
    await databases.drop(url)


def address(number: str, **query: str) -> str:
    question = {"number": number, "issued_on": "2026-03-02", **query}
    return f"/verify?{httpx.QueryParams(question)}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_every_verdict_is_accessible_and_fits(
    browser: Browser, site: str, clock: ManualClock, width: str, scheme: Any, tmp_path: Path
) -> None:
    pages = {
        "form": ("/verify", "Проверка свидетельств"),
        "annulled": (address(NUMBERS["a"]), "Аннулировано"),
        "annulled-then": (address(NUMBERS["a"], at="2026-04-01"), "Аннулировано"),
        "superseded": (address(NUMBERS["b"]), "Заменено новым"),
        "valid": (address(NUMBERS["c"], at="2026-04-01"), "Действует"),
        "expiring": (address(NUMBERS["c"]), "срок скоро кончится"),
        "not_found": (address("07.01000.00.99999999.29"), "Не найдено"),
        "problem": ("/verify?number=1", "Так спросить нельзя"),
    }
    context = await browser.new_context(
        viewport={"width": WIDTHS[width], "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = await context.new_page()

    async def look(name: str, path: str, heading_text: str | None) -> None:
        await page.goto(f"{site}{path}")
        heading = await page.get_by_role("heading", level=1).inner_text()
        assert heading_text is None or heading_text in heading, (name, heading)
        result = (await Axe().run(page)).response
        violations = [(item["id"], item["nodes"][0]["html"]) for item in result["violations"]]
        assert violations == [], (name, path)
        assert result["passes"], "the scanner must have looked"
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} is {wider} px wider than the {width}"
        await page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

    for name, (path, heading_text) in pages.items():
        await look(name, f"/ru{path}", heading_text)
        await look(f"{name}-en", f"/en{path}", None)
    clock.advance(days=60)
    await look("expired", f"/ru{address(NUMBERS['c'])}", "истёк")


async def test_a_person_checks_a_certificate_without_scripts(browser: Browser, site: str) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="ru-RU")
    page = await context.new_page()
    await page.goto(site)
    assert page.url.endswith("/ru/verify")
    await page.get_by_label("Номер свидетельства").fill(NUMBERS["c"])
    await page.get_by_label("Дата выдачи").fill("2026-03-02")
    await page.get_by_role("button", name="Проверить").click()
    page_text = await page.locator("main").inner_text()
    assert "Оператор контактного центра" in page_text
    assert "2 марта 2029" in page_text
    assert "Белова" not in await page.content(), "nothing about the person"
    await page.get_by_role("link", name="English").click()
    assert "Valid" in await page.get_by_role("heading", level=1).inner_text()
    assert await page.get_by_label("Number of the certificate").input_value() == NUMBERS["c"]
