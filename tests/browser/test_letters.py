"""The pages of letters in headless Chromium: what a clerk does, what a letter's reader meets."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser
from sqlmodel import select

from services.applications.letters.models import Letter
from services.applications.letters.rules import TokenPurpose
from services.applications.letters.tokens import keep_tokens, make_token
from shared.context import command_context
from shared.db import Database
from shared.events.certificates import CertificateRenewalDue
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.browser.chromium import CHROMIUM
from tests.browser.desk_site import DeskSite, open_window, read_text, serve_desk
from tests.browser.looks import check_looks
from tests.browser.test_clerk import CLERK
from tests.clock import ManualClock
from tests.databases import Databases

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture
async def site(databases: Databases, clock: ManualClock, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """The applications service behind a real server, with one qualification."""
    async with serve_desk(databases, clock, tmp_path) as desk_site:
        yield desk_site


async def _plan_letter(site: DeskSite, channel: str) -> None:
    """A letter about the end of validity, over this channel."""
    async with site.connect() as client:
        answer = await client.post("/v1/applications", json=people.form(notify_by=channel))
    event = CertificateRenewalDue(
        certificate_id=uuid4(),
        number=f"07.01000.01.0000000{len(channel)}.29",
        application_id=UUID(answer.json()["id"]),
        qualification_id=people.OPERATOR,
        qualification_version=1,
        valid_until=date(2026, 4, 1),
        ends_on=date(2026, 4, 1),
        threshold_days=30,
        noticed_on=date(2026, 3, 2),
    )
    await site.deliver(event)


async def _list_links(site: DeskSite) -> list[str]:
    """The pages that the letter by e-mail leads to."""
    database = Database.connect(site.settings)
    async with database.transaction() as session:
        context = command_context(session, site.clock.now(), site.settings, "letters")
        letter = (await session.exec(select(Letter).where(Letter.channel == "email"))).one()
        await keep_tokens(context, [letter])
    await database.close()
    return [
        f"/letters/{purpose}/{make_token(site.settings.keyring, letter.id, purpose)}"
        for purpose in (TokenPurpose.UNSUBSCRIBE, TokenPurpose.RENEWAL)
    ]


async def test_a_clerk_marks_what_was_printed_without_a_script(
    browser: Browser, site: DeskSite
) -> None:
    await _plan_letter(site, "post")
    page = await open_window(browser, site, CLERK)
    await page.goto(f"{site.address}/ru/letters")
    await page.get_by_label("Письмо по делу").check()
    await page.get_by_role("button", name="Отметить: напечатаны").click()
    assert "Отмечено" in await read_text(page, "[role=status]")
    assert "Печатать нечего" in await read_text(page)
    await page.get_by_role("link", name="Отправить почтой").click()
    await page.get_by_label("Письмо по делу").check()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Письма одним файлом (PDF)").click()
    assert (await download.value).suggested_filename == "letters-2026-03-02.pdf"


async def test_every_page_of_letters_is_accessible_and_fits(
    browser: Browser, site: DeskSite
) -> None:
    for channel in ("email", "post", "phone"):
        await _plan_letter(site, channel)
    links = await _list_links(site)
    full_token = tokens.token(*Scope, centre=tokens.CENTRE, council=tokens.COUNCIL)
    page = await open_window(browser, site, full_token, scripts=True)
    addresses = (
        *("/letters", "/letters?tab=post", "/letters?tab=call"),
        *("/letters/contact/centre", "/letters/contact/council", *links),
    )
    for language in ("ru", "en"):
        for number, address in enumerate(addresses):
            await page.goto(f"{site.address}/{language}{address}")
            await check_looks(page, f"letters-{number}-{language}")
        for number, address in enumerate(addresses[3:]):
            await page.goto(f"{site.address}/{language}{address}")
            button = page.locator("main button[type=submit]").last
            if await button.count():  # reminders are stopped once
                await button.click()
                await page.wait_for_load_state()
            await check_looks(page, f"letters-{number}-sent-{language}")
