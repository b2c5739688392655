"""A whole case in headless Chromium, by keyboard and without a script: clerk, council, clerk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page

from shared.events.certificates import CertificateIssued
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.browser.chromium import CHROMIUM
from tests.browser.desk_site import DeskSite, open_window, read_text, serve_desk
from tests.browser.looks import check_looks
from tests.clock import ManualClock
from tests.databases import Databases

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

MOST_PRESSES = 22
"""Of a whole first case, from the list to the receipt, signing in left out."""

CLERK = tokens.token(Scope.PROCESS, subject="clerk", name="И. Котова", centre=tokens.CENTRE)
SECRETARY = tokens.token(Scope.DECIDE, subject="secretary", council=tokens.COUNCIL)


@pytest.fixture
async def site(databases: Databases, clock: ManualClock, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """The applications service behind a real server, with one qualification."""
    async with serve_desk(databases, clock, tmp_path) as desk_site:
        yield desk_site


class Keyboard:
    """Somebody who works by keyboard alone, and counts presses and keys."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0
        self.keys = 0

    async def reach(self, label: str) -> None:
        """Goes by Tab to the control of this name."""
        for _ in range(120):
            name = await self.page.evaluate(READ_FOCUS)
            if name == label:
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {label!r} on {self.page.url}")

    async def press(self, label: str) -> None:
        """Presses Enter on the control of this name, and waits for the page that comes."""
        await self.reach(label)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
        self.presses += 1

    async def tick(self, label: str) -> None:
        """Ticks the box of this name by the space bar."""
        await self.reach(label)
        await self.page.keyboard.press("Space")
        self.presses += 1

    async def type(self, label: str, text: str) -> None:
        """Types into the field of this name, instead of what stands there."""
        await self.reach(label)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Tab")
        self.keys += len(text)

    async def choose(self, label: str, place: int) -> None:
        """Goes down a list of choices, whose first one is blank."""
        await self.reach(label)
        for _ in range(place):
            await self.page.keyboard.press("ArrowDown")
        self.keys += place


READ_FOCUS = """() => {
  const element = document.activeElement;
  const label = element.labels?.[0];
  const text = label ? label.cloneNode(true) : element;
  if (label) text.querySelectorAll(".hint, .optional").forEach((hint) => hint.remove());
  return (element.getAttribute("aria-label") ?? text.textContent).replace(/\\s+/g, " ").trim();
}"""


async def complete_application(site: DeskSite) -> str:
    """The id of an application with all its documents."""
    async with site.connect() as client:
        application_id = await people.submit_application(client)
        await people.attach_document(client, application_id, "education_secondary")
        await people.attach_document(client, application_id, "training")
    return application_id


async def issue_certificate(site: DeskSite, application_id: str) -> None:
    """What the certificates service tells once it has issued one."""
    (application,) = await site.list_cases(application_id)
    qualification = application["qualification"]
    await site.deliver(
        CertificateIssued(
            certificate_id=uuid4(),
            number="07.01000.01.00000001.29",
            application_id=UUID(application_id),
            qualification_id=UUID(qualification["id"]),
            qualification_version=qualification["version"],
            issued_on=date(2026, 3, 2),
            valid_until=date(2029, 3, 2),
            ends_on=date(2029, 3, 2),
        )
    )


async def decide_by_keyboard(browser: Browser, site: DeskSite, number: str) -> Keyboard:
    """The secretary of the council confirms the qualification."""
    page = await open_window(browser, site, SECRETARY)
    await page.goto(f"{site.address}/ru/work")
    council = Keyboard(page)
    await council.press(number)
    assert "345678" not in await read_text(page), "no identity document here"
    assert "8,5" in await read_text(page), "the council does not decide blind"
    await council.press("Подтвердить")
    await council.type("Номер протокола", "СПК-31")
    for member in ("Н. Громова", "П. Лисин"):
        await council.type("Имя", member)
    await council.press("Проверить решение")
    assert "по 2 марта 2029 г. включительно" in await read_text(page)
    await council.press("Подтвердить и выпустить свидетельство")
    return council


async def enter_protocol(clerk: Keyboard) -> None:
    """The commission's protocol, as for the first candidate of an instrument."""
    await clerk.press("Внести протокол экзамена")
    await clerk.type("Номер протокола", "Э-2026-118")
    for criterion, mark, points in (("Верные ответы", "60", "85"), ("Речь", "8", "8,5")):
        await clerk.type("Критерий", criterion)
        await clerk.type("Порог", mark)
        await clerk.type("Баллы", points)
    for examiner in ("Е. Орлова", "К. Седов"):
        await clerk.type("Эксперт", examiner)
        await clerk.tick("Штатный")
    await clerk.press("Проверить")
    assert "8,5 при пороге 8: сдано" in await read_text(clerk.page)
    await clerk.press("Сохранить протокол")


async def test_a_whole_case_by_keyboard_and_without_a_script(
    browser: Browser, site: DeskSite
) -> None:
    application_id = await complete_application(site)
    number = await site.find_number(application_id)
    page = await open_window(browser, site, CLERK)
    await page.goto(f"{site.address}/ru/work?tab=unassigned")
    clerk = Keyboard(page)
    await clerk.press(number)
    await clerk.press("Допустить к экзамену")
    assert "Допуск: И. Котова" in await read_text(page, "[role=status]")
    await clerk.type("День", "2")
    await clerk.choose("Месяц", 3)
    await clerk.type("Время начала", "12:00")
    await clerk.type("Место", "Зал 1")
    await clerk.tick("С соискателем")
    await clerk.press("Назначить экзамен")
    assert "2 марта 2026 г., 12:00" in await read_text(page)
    await enter_protocol(clerk)
    await clerk.press("Передать в совет")
    assert "Дело у совета: ждёт решения" in await read_text(page)
    council = await decide_by_keyboard(browser, site, number)
    await issue_certificate(site, application_id)
    await page.goto(f"{site.address}/ru/work?tab=hand-over")
    await clerk.press(number)
    await clerk.press("Отметить выдачу")
    assert "Выдано лично" in await read_text(page, "[role=status]")
    (application,) = await site.list_cases(application_id)
    assert (application["status"], application["delivery"]["handover_method"]) == (
        "closed",
        "in_person",
    )
    assert clerk.presses + council.presses <= MOST_PRESSES


async def test_the_next_case_needs_fewer_keys(browser: Browser, site: DeskSite) -> None:
    async with site.connect() as client:
        await people.examine_candidate(client)
        application_id = await people.schedule_examination(client)
    number = await site.find_number(application_id)
    page = await open_window(browser, site, CLERK)
    await page.goto(f"{site.address}/ru/cases/{number}")
    clerk = Keyboard(page)
    await clerk.press("Внести протокол экзамена")
    await clerk.type("Номер протокола", "Э-2026-119")
    for points in ("85", "90"):
        await clerk.type("Баллы", points)
    await clerk.press("Проверить")
    await clerk.press("Сохранить протокол")
    (application,) = await site.list_cases(application_id)
    assert application["status"] == "examined"
    assert (clerk.presses, clerk.keys) == (3, 14)


async def test_a_refused_form_takes_the_reader_to_the_fault(
    browser: Browser, site: DeskSite
) -> None:
    async with site.connect() as client:
        application_id = await people.begin_review(client)
    number = await site.find_number(application_id)
    page = await open_window(browser, site, CLERK)
    await page.goto(f"{site.address}/ru/cases/{number}")
    clerk = Keyboard(page)
    await clerk.press("Отказать в приёме")
    await clerk.press("Отказать в приёме")
    assert (await page.title()).startswith("Ошибка: ")
    focus = await page.evaluate("document.activeElement.className")
    assert "error-summary" in focus, "the summary has the focus, without a script"
    await page.locator(".error-summary a").click()
    await page.keyboard.type("Не тот центр")
    await page.get_by_role("button", name="English").click()
    assert page.url.endswith(f"/en/cases/{number}/decline")
    assert await page.get_by_label("Why the application is not accepted").input_value() == (
        "Не тот центр"
    )
    (application,) = await site.list_cases(application_id)
    assert application["status"] == "under_review", "nothing was done"
    await page.get_by_role("button", name="Refuse").click()
    (application,) = await site.list_cases(application_id)
    assert application["status"] == "declined"


async def test_an_open_page_hears_of_a_change_and_keeps_still(
    browser: Browser, site: DeskSite
) -> None:
    async with site.connect() as client:
        application_id = await people.admit_applicant(client)
    number = await site.find_number(application_id)
    page = await open_window(browser, site, CLERK, scripts=True)
    await page.goto(f"{site.address}/ru/cases/{number}")
    await page.get_by_label("Время начала").fill("15:00")
    async with site.connect() as client:
        await people.run_step(
            client, application_id, "schedule", "scheduled", **people.appointment()
        )
    await page.locator(".live-news", has_text="дело изменено").wait_for()
    assert await page.get_by_label("Время начала").input_value() == "15:00"
    await page.get_by_role("link", name="Обновить").first.click()
    assert "ждёт экзамена" in await read_text(page)


async def test_every_page_is_accessible_and_fits(browser: Browser, site: DeskSite) -> None:
    async with site.connect() as client:
        application_ids = {
            "submitted": await people.submit_application(client),
            "under_review": await people.begin_review(client),
            "admitted": await people.admit_applicant(client),
            "scheduled": await people.schedule_examination(client),
            "with_council": await people.send_to_council(client),
            "not_confirmed": await people.refuse_certification(client),
        }
    cases = await site.list_cases(*application_ids.values())
    paths = {case["status"]: f"/cases/{case['number']}" for case in cases}
    addresses = {
        **paths,
        "return": f"{paths['under_review']}/return",
        "attach": f"{paths['submitted']}/attach",
        "appointment": f"{paths['scheduled']}/appointment",
        "examination": f"{paths['scheduled']}/examination",
        "decision": f"{paths['with_council']}/decision?outcome=certify",
        "impossible": f"{paths['with_council']}/examination",
    }
    full_token = tokens.token(*Scope, centre=tokens.CENTRE, council=tokens.COUNCIL)
    page = await open_window(browser, site, full_token, scripts=True)
    for language in ("ru", "en"):
        for name, address in addresses.items():
            await page.goto(f"{site.address}/{language}{address}")
            await check_looks(page, f"{name}-{language}")
        for name in ("return", "examination", "decision"):
            await page.goto(f"{site.address}/{language}{addresses[name]}")
            await page.locator(".actions button").first.click()
            await page.wait_for_load_state()
            await check_looks(page, f"{name}-sent-{language}")


async def test_two_clerks_at_once_are_told(browser: Browser, site: DeskSite) -> None:
    application_id = await complete_application(site)
    number = await site.find_number(application_id)
    windows = [await open_window(browser, site, CLERK) for _ in range(2)]
    for page in windows:
        await page.goto(f"{site.address}/ru/cases/{number}")
    await asyncio.gather(
        *(page.get_by_role("button", name="Взять себе").click() for page in windows)
    )
    texts = [await read_text(page) for page in windows]
    assert sorted("Это уже сделано" in text for text in texts) == [False, True]
