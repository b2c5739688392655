"""A day of operations in headless Chromium: real faults of a running stack, seen, mended, gone."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local import registry, story
from deploy.local.backdating import backdate_certificate
from deploy.local.calls import Json, Services
from deploy.local.candidates import admit_candidate
from deploy.local.stack import Stack
from services.certificates.main import ENDLESS_DUTIES, SCHEDULED_JOBS
from services.certificates.validity.expiries import EXPIRY_WEEKS_JOB
from services.certificates.webhooks.notices import WEBHOOK_NOTICES_JOB
from shared.clock import SystemClock, civil_date
from shared.settings import Settings
from tests.browser.chromium import CHROMIUM
from tests.browser.looks import check_look, check_looks
from tests.browser.sessions import open_session

pytestmark = [
    pytest.mark.browser,
    pytest.mark.flow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

PATIENCE_SECONDS = 40
POLL_SECONDS = 0.5
SCHEDULER, SENDER, MAILBOX = "scheduler", "applications-scheduler", "mailbox"
CERTIFICATES = "certificates"
STOPPED_JOBS = frozenset(SCHEDULED_JOBS) - {
    EXPIRY_WEEKS_JOB,  # hourly
    *(*ENDLESS_DUTIES, WEBHOOK_NOTICES_JOB),  # of the worker and of the sender
}
"""The jobs that are seen to stand once their scheduler has."""
PATHS = (
    *("", "/catalog", "/applications", "/certificates", "/due", "/registry", "/notices"),
    *("/rehearsal", "/applications/rehearsal", "/applications/letters?state=failed"),
    *("/applications/limits?state=late", "/certificates/set-aside"),
    "/applications/dead-letters",
)


@dataclass(frozen=True, slots=True)
class Day:
    """The stack, calls of its services, and who is on duty."""

    stack: Stack
    services: Services
    operator: str
    today: date

    async def run_sql(self, service: str, statement: str, *values: object) -> None:
        """Runs a statement in a service's database."""
        connection = await asyncpg.connect(self.stack.database_url(service))
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def admit(self, family_name: str) -> str:
        """The id of an application that the centre has admitted."""
        application = await asyncio.to_thread(
            admit_candidate, self.services, self.operator, "Анна", family_name
        )
        application_id: str = application["id"]
        return application_id

    async def decide(self, application_id: str) -> None:
        """Takes an admitted application to the council's decision to certify."""
        await asyncio.to_thread(
            story.examine_candidate, self.services, application_id, self.today, "passed"
        )
        await asyncio.to_thread(
            story.record_decision, self.services, application_id, self.today, "certify"
        )

    async def certify(self, family_name: str) -> Json:
        """The certificate of a new candidate, once everybody knows it."""
        application_id = await self.admit(family_name)
        await self.decide(application_id)
        application = await asyncio.to_thread(
            story.wait_until_certified, self.services, application_id
        )
        return {**application["certificate"], "application_id": application_id}

    async def backdate(self, certificate: Json) -> None:
        """Lets the certificate end in 20 days: notices about it are due at once."""
        last_day = self.today + timedelta(days=20)
        await asyncio.to_thread(
            backdate_certificate, self.stack.database_url, certificate["certificate_id"], last_day
        )


@pytest.fixture
def day(stack: Stack, services: Services, operator: str) -> Iterator[Day]:
    """A day on the running stack, all of which runs again afterwards."""
    zone = Settings.model_fields["time_zone"].default
    yield Day(stack, services, operator, civil_date(SystemClock().now(), zone))
    stack.start_programs(SCHEDULER, SENDER, MAILBOX, CERTIFICATES)


@dataclass(frozen=True, slots=True)
class Faults:
    """What has been broken: the applications and certificates that suffer from it."""

    late_id: str
    poisoned_id: str
    told: Json
    set_aside: Json


async def _break_things(day: Day) -> Faults:
    """Stops the mailbox, dates a limit back, lets a row break a check and an event be refused."""
    await asyncio.to_thread(day.stack.stop_program, MAILBOX)
    late = await asyncio.to_thread(
        story.submit_application, day.services, day.operator, "Анна", "Опоздалова"
    )
    back = "UPDATE time_limit SET begun_on = begun_on - 20, at_risk_on = at_risk_on - 20,"
    back += " due_on = $2, next_report_on = next_report_on - 20 WHERE application_id = $1"
    due_on = day.today - timedelta(days=10)  # which a day off would have moved
    await day.run_sql("applications", back, late["id"], due_on)
    told, set_aside = await day.certify("Писемская"), await day.certify("Строкина")
    check = f"certificate_id <> '{set_aside['certificate_id']}'"
    await day.run_sql(
        "certificates", f"ALTER TABLE validity_notice ADD CONSTRAINT fault CHECK ({check})"
    )
    for certificate in (told, set_aside):
        await day.backdate(certificate)
    poisoned_id = await day.admit("Ядова")
    foreign = "INSERT INTO certificate (application_id, certificate_id, number, issued_on,"
    foreign += " valid_until, ends_on, centre_number, council)"
    foreign += " SELECT $1, gen_random_uuid(), 'foreign', day, day, day, '1', 'c'"
    foreign += " FROM (SELECT current_date AS day) AS today"
    await day.run_sql("applications", foreign, poisoned_id)
    await day.decide(poisoned_id)
    return Faults(late["id"], poisoned_id, told, set_aside)


async def _open(day: Day, browser: Browser) -> Page:
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="ru-RU", bypass_csp=True
    )
    await open_session(context, day.stack.site_url, day.stack.issue_token("operations"))
    return await context.new_page()


def _address(day: Day, path: str, language: str = "ru") -> str:
    return f"{day.stack.site_url}/{language}/operations{path}"


async def _read_figures(page: Page, day: Day, service: str) -> Mapping[str, str]:
    """The figures of a service, by the rows to which they lead."""
    await page.goto(_address(day, f"/{service}"))
    tiles = page.locator("#figures a.tile")
    prefix = "/ru/operations"
    return {
        (await tile.get_attribute("href") or "").removeprefix(prefix): await tile.locator(
            ".figure"
        ).inner_text()
        for tile in await tiles.all()
    }


async def _wait_for_figures(
    page: Page, day: Day, service: str, expected: Mapping[str, str]
) -> None:
    """Waits until the service's page shows these figures; fails with those that it shows."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        figures = await _read_figures(page, day, service)
        if expected.items() <= figures.items():
            return
        assert time.monotonic() < deadline, f"expected {expected}, shown {figures}"
        await asyncio.sleep(POLL_SECONDS)


async def _look_at_every_page(page: Page, day: Day) -> None:
    """Every panel is accessible, with nothing cut off."""
    for number, path in enumerate(PATHS):
        await page.goto(_address(day, path))
        if not path:
            await expect(page.locator("section.remote a.tile").last).to_be_visible()
        await check_looks(page, f"day-{number:02}")


async def _follow_rows(page: Page, day: Day, faults: Faults) -> None:
    """Each figure leads to its rows, and each row goes on from there."""
    await page.goto(_address(day, "/applications"))
    await page.get_by_role("link", name="Просроченные сроки по закону").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody")).to_contain_text("просрочено на 10 дней")
    await page.goto(_address(day, "/certificates/set-aside"))
    await expect(page.locator("tbody")).to_contain_text(faults.set_aside["certificate_id"])
    await expect(page.locator("tbody")).to_contain_text("Строка нарушает ограничение")
    await page.goto(_address(day, "/registry"))
    await expect(page.locator("tbody").first).to_contain_text(faults.told["certificate_id"])


async def _replay_the_event(page: Page, day: Day, faults: Faults) -> None:
    mend = "DELETE FROM certificate WHERE application_id = $1 AND number = 'foreign'"
    await page.goto(_address(day, "/applications/dead-letters"))
    await page.get_by_role("link", name="Событие №").click()
    replay = page.get_by_role("button", name="Повторить", exact=True)
    await replay.click()
    await expect(page.get_by_role("status")).to_contain_text("снова не удалось")
    await day.run_sql("applications", mend, faults.poisoned_id)
    await replay.click()
    await expect(page.get_by_role("status")).to_have_text("Событие обработано.")


async def _retry_the_row(page: Page, day: Day) -> None:
    await day.run_sql("certificates", "ALTER TABLE validity_notice DROP CONSTRAINT fault")
    await page.goto(_address(day, "/certificates/set-aside"))
    await page.locator("input[name=row]").check()
    await page.get_by_role("button", name="Повторить выбранные").click()
    await expect(page.get_by_role("status")).to_be_visible()
    await asyncio.to_thread(day.stack.start_programs, SCHEDULER)


async def _retry_the_letter(page: Page, day: Day, faults: Faults) -> None:
    # The sender would try it by itself as soon as the mailbox is there.
    await asyncio.to_thread(day.stack.stop_program, SENDER)
    await asyncio.to_thread(day.stack.start_programs, MAILBOX)
    await page.goto(_address(day, "/applications/letters?state=failed"))
    await page.get_by_label(faults.told["number"]).check()
    await page.get_by_role("button", name="Повторить выбранные").click()
    await expect(page.get_by_role("status")).to_contain_text("Запланировано заново: 1")
    await asyncio.to_thread(day.stack.start_programs, SENDER)
    letter = await asyncio.to_thread(
        story.wait_for_letter, day.stack.mailbox_url, faults.told["number"]
    )
    assert faults.told["number"] in letter["text"]


async def _mend_the_rest(day: Day, faults: Faults) -> None:
    """The centre catches up, and the registry enters what it was sent."""
    await asyncio.to_thread(
        story.attach_document, day.services, faults.late_id, "education_secondary_general"
    )
    await asyncio.to_thread(
        story.attach_document, day.services, faults.late_id, "training_office_upskilling"
    )
    await asyncio.to_thread(story.admit_applicant, day.services, faults.late_id)
    feed_copy = await asyncio.to_thread(
        registry.read_feed_until, day.services, faults.told["certificate_id"]
    )
    (certificate,) = await asyncio.to_thread(
        story.list_certificates, day.services, faults.told["application_id"]
    )
    await asyncio.to_thread(
        registry.acknowledge_entry,
        *(day.services, feed_copy, certificate, day.today.isoformat()),
    )


async def test_a_day_of_operations(day: Day, browser: Browser) -> None:
    page = await _open(day, browser)
    await _wait_for_figures(page, day, CERTIFICATES, {"/certificates#jobs": "0"})  # just started
    before = {name: await _read_figures(page, day, name) for name in ("applications", CERTIFICATES)}
    faults = await _break_things(day)
    await _wait_for_figures(
        *(page, day, "applications"),
        {
            "/applications/limits?state=late": "1",
            "/applications/letters?state=failed": "1",
            "/applications/dead-letters": "1",
        },
    )
    await _wait_for_figures(page, day, CERTIFICATES, {"/certificates/set-aside": "1"})
    await asyncio.to_thread(day.stack.stop_program, SCHEDULER)
    await _wait_for_figures(page, day, CERTIFICATES, {"/certificates#jobs": str(len(STOPPED_JOBS))})
    await _look_at_every_page(page, day)
    await _follow_rows(page, day, faults)
    await _replay_the_event(page, day, faults)
    await _retry_the_row(page, day)
    await _retry_the_letter(page, day, faults)
    receipts = (await _read_figures(page, day, CERTIFICATES))["/registry"]
    await _mend_the_rest(day, faults)
    await _wait_for_figures(
        *(page, day, "applications"),
        {
            "/applications/limits?state=late": "0",
            "/applications/letters?state=failed": "0",
            "/applications/dead-letters": before["applications"]["/applications/dead-letters"],
            "/applications#lag": "0",
        },
    )
    await _wait_for_figures(
        *(page, day, CERTIFICATES),
        {
            "/certificates/set-aside": before[CERTIFICATES]["/certificates/set-aside"],
            "/certificates#jobs": before[CERTIFICATES]["/certificates#jobs"],
            "/registry": str(int(receipts) - 1),
        },
    )


async def test_one_address_shows_all_services_and_which_of_them_is_down(
    day: Day, browser: Browser
) -> None:
    page = await _open(day, browser)
    sections = page.locator("section.remote")
    await page.goto(_address(day, "", "en"))
    for index in range(3):
        await expect(sections.nth(index).locator("a.tile").first).to_be_visible()
    await asyncio.to_thread(day.stack.stop_program, CERTIFICATES)
    try:
        await page.goto(_address(day, "", "en"))
        await expect(sections.nth(0).locator("a.tile").first).to_be_visible()
        await expect(sections.nth(1).locator("a.tile").first).to_be_visible()
        await expect(sections.nth(2).locator(".tile.unanswered")).to_contain_text("No answer")
        await check_look(page, "day-one-down")
    finally:
        await asyncio.to_thread(day.stack.start_programs, CERTIFICATES)
    bare_context = await browser.new_context(java_script_enabled=False)
    token = day.stack.issue_token("operations")
    await open_session(bare_context, day.stack.site_url, token)
    bare_page = await bare_context.new_page()
    await bare_page.goto(_address(day, "", "en"))
    await bare_page.locator("section.remote").nth(0).get_by_role("link", name="Open").click()
    await expect(bare_page.locator("h1")).to_have_text("Operations: Catalogue")
