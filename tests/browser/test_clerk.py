"""A centre's clerk and a council's secretary in headless Chromium: from queue to decision."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page
from pydantic import SecretStr

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.principal import Scope
from shared.web.sessions import SESSION_COOKIE
from tests import tokens
from tests.applications import people
from tests.browser.chromium import CHROMIUM
from tests.browser.sessions import open_session
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

WIDTHS = {"phone": 390, "desktop": 1280}


@pytest.fixture
async def site(databases: Databases, clock: ManualClock, tmp_path: Path) -> AsyncIterator[str]:
    """The applications service behind a real server, with one qualification."""

    def settings(url: str) -> ApplicationsSettings:
        return ApplicationsSettings(
            database_url=SecretStr(url), documents_url=(tmp_path / "documents").as_uri()
        )

    url = await databases.create(settings)
    site_settings = settings(url)
    database = Database.connect(site_settings)
    await people.deliver_record(
        database,
        site_settings,
        clock,
        people.build_record(people.build_published_event(), clock.now()),
    )
    await database.close()
    with listening(create(site_settings, clock)) as address:
        yield address
    await databases.drop(url)


async def _signed_in(
    browser: Browser,
    site: str,
    token: str,
    *,
    width: int = WIDTHS["desktop"],
    scheme: Any = "light",
    scripts: bool = False,
) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=scripts,
        java_script_enabled=scripts,
    )
    await open_session(context, site, token)
    page = await context.new_page()
    await page.goto(f"{site}/ru/queue")
    return page


CLERK = tokens.token(Scope.PROCESS, subject="clerk", centre=tokens.CENTRE)
SECRETARY = tokens.token(Scope.DECIDE, subject="secretary", council=tokens.COUNCIL)


async def _complete(site: str) -> str:
    async with httpx.AsyncClient(base_url=site, headers=tokens.all_roles_headers()) as client:
        application_id = await people.submit_application(client)
        await people.attach_document(client, application_id, "education_secondary")
        await people.attach_document(client, application_id, "training")
    return application_id


async def _state(site: str, application_id: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=site, headers=tokens.all_roles_headers()) as client:
        application: dict[str, Any] = (
            await client.get(f"/v1/applications/{application_id}")
        ).json()
    return application


async def test_from_the_queue_to_the_decision(
    browser: Browser, site: str, clock: ManualClock, tmp_path: Path
) -> None:
    application_id = await _complete(site)
    page = await _signed_in(browser, site, CLERK)
    assert "осталось 10 дней" in await page.locator(".card").inner_text()
    await page.get_by_role("link", name="Петрова-Водкина Анна Сергеевна").click()
    await page.get_by_label("Кто рассматривает").fill("И. Котова")
    await page.get_by_role("button", name="Сохранить").click()
    assert (await _state(site, application_id))["status"] == "under_review"

    # A document opens by a link of its own, and is saved.
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Диплом.pdf").first.click()
    saved = await (await download.value).path()
    assert saved.read_bytes() == people.PDF

    await page.get_by_label("допустить").check()
    await page.get_by_role("button", name="Сохранить").click()
    await page.get_by_label("Место").fill("Зал 1")
    await page.get_by_label("Начало, по времени").fill("2026-03-02T15:00")
    await page.get_by_role("button", name="Сохранить").click()
    alert = page.get_by_role("alert")
    assert "agreed_with" in await alert.inner_text(), "nobody was ticked"
    assert await page.get_by_label("Место").input_value() == "Зал 1", "what was entered is kept"
    await page.get_by_label("соискатель", exact=True).check()
    await page.get_by_role("button", name="Сохранить").click()
    assert "2 марта 2026 г., 15:00" in await page.locator("main").inner_text()

    await _enter_protocol(page)
    await page.screenshot(path=tmp_path / "exam.png", full_page=True)
    form = page.get_by_role("form", name="Протокол экзамена")
    await form.get_by_role("button", name="Сохранить").click()
    await page.get_by_role("button", name="Сохранить").click()
    application = await _state(site, application_id)
    assert (application["status"], application["examination"]["practice"]) == (
        "with_council",
        "passed",
    )
    assert "действует совет" in await page.locator("main").inner_text()

    council = await _signed_in(browser, site, SECRETARY)
    assert "решение совета" in await council.locator(".card").inner_text()
    await council.get_by_role("link", name="Петрова-Водкина").click()
    body = await council.locator("main").inner_text()
    assert "345678" not in body, "the council does not need the identity document"
    await council.get_by_label("подтвердить квалификацию").check()
    await council.get_by_label("Номер протокола").fill("СПК-4")
    await council.get_by_label("Кто решал").fill("Н. Громова\nЕ. Орлова")
    await council.get_by_role("button", name="Сохранить").click()
    assert "examined" in await council.get_by_role("alert").inner_text(), "an examiner decided"
    await council.get_by_label("Кто решал").fill("Н. Громова\nП. Лисин")
    await council.get_by_role("button", name="Сохранить").click()
    assert (await _state(site, application_id))["status"] == "approved"
    steps = await council.locator("[aria-labelledby=history] tbody tr").all_inner_texts()
    assert "secretary" in steps[-1]
    await council.get_by_role("button", name="Выйти").click()
    await council.goto(f"{site}/ru/queue")
    assert await council.get_by_role("link", name="Войти").count()


async def _enter_protocol(page: Page) -> None:
    exam = page.get_by_role("form", name="Протокол экзамена")
    await exam.get_by_label("Номер протокола").fill("П-17")
    for part in ("theory", "practice"):
        await exam.locator(f"#examination-{part}-held_on").fill("2026-03-02")
        await exam.locator(f"#examination-{part}-criterion-0").fill("Верные ответы")
        await exam.locator(f"#examination-{part}-points-0").fill("80")
        await exam.locator(f"#examination-{part}-required_points-0").fill("60")
    for row, name in enumerate(("Е. Орлова", "К. Седов")):
        await exam.locator(f"#examination-member-{row}").fill(name)
        await exam.locator(f"#examination-staff-{row}").check()


async def test_two_clerks_at_once_are_told(browser: Browser, site: str) -> None:
    application_id = await _complete(site)
    first, second = await asyncio.gather(*(_signed_in(browser, site, CLERK) for _ in range(2)))
    for page in (first, second):
        await page.goto(f"{site}/ru/applications/{application_id}")
        await page.get_by_label("Кто рассматривает").fill("И. Котова")
    await first.get_by_role("button", name="Сохранить").click()
    await second.get_by_role("button", name="Сохранить").click()
    assert "You decided on version" in await second.get_by_role("alert").inner_text()


async def test_pages_keep_to_themselves(site: str) -> None:
    application_id = await _complete(site)
    async with httpx.AsyncClient(base_url=site) as client:
        clerk = {"Cookie": f"{SESSION_COOKIE}={CLERK}"}
        client.headers = httpx.Headers({**clerk, "Sec-Fetch-Site": "same-origin"})
        path = f"/ru/applications/{application_id}"
        application = await client.get(path)
        assert application.headers["cache-control"] == "private, no-store"
        assert "script" not in application.headers["content-security-policy"]
        foreign = await client.post(
            f"{path}/review-start",
            data={"reviewer": "И.", "version": "3"},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert foreign.status_code == 403
        assert (await client.get("/v1/applications")).status_code == 401, "no session for programs"
        assert (await client.post(f"{path}/decision", data={})).status_code == 403
        assert (await client.post(f"{path}/nothing", data={})).status_code == 404
        other_token = tokens.token(Scope.PROCESS, centre="another")
        client.headers["Cookie"] = f"{SESSION_COOKIE}={other_token}"
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/ru/queue")).text.count("card") < 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_every_page_is_accessible_and_fits(
    browser: Browser, site: str, width: str, scheme: str, tmp_path: Path
) -> None:
    await _complete(site)
    async with httpx.AsyncClient(base_url=site, headers=tokens.all_roles_headers()) as client:
        every = {
            "under_review": await people.begin_review(client),
            "scheduled": await people.schedule_examination(client),
            "with_council": await people.send_to_council(client),
            "not_confirmed": await people.refuse_certification(client),
        }
    full_token = tokens.token(*Scope, centre=tokens.CENTRE, council=tokens.COUNCIL)
    page = await _signed_in(
        browser, site, full_token, width=WIDTHS[width], scheme=scheme, scripts=True
    )
    addresses = {
        "queue": "/queue",
        "empty": "/queue?status=closed",
        "sign-in": "/sign-in",
        "problem": "/applications/nothing",
        **{name: f"/applications/{application_id}" for name, application_id in every.items()},
    }
    for language in ("ru", "en"):
        for name, address in addresses.items():
            await page.goto(f"{site}/{language}{address}")
            result = (await Axe().run(page)).response
            violations = [(rule["id"], rule["nodes"][0]["html"]) for rule in result["violations"]]
            assert violations == [], (name, language)
            assert result["passes"], "the scanner must have looked"
            wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{name} in {language} is {wider} px wider than the {width}"
            await page.screenshot(path=tmp_path / f"{name}-{language}.png", full_page=True)
