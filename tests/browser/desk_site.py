"""The applications service as a browser meets it: served, and windows of who is signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page
from pydantic import SecretStr

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.web.sessions import SESSION_COOKIE
from tests import tokens
from tests.applications import people
from tests.browser.looks import HEIGHT, WIDTHS
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import WIRE_SECONDS, listening


@dataclass(frozen=True, slots=True)
class DeskSite:
    """The applications service behind a real server, and what is behind that."""

    address: str
    settings: ApplicationsSettings
    clock: ManualClock

    async def list_cases(self, *application_ids: str) -> list[dict[str, Any]]:
        """These applications, as the API answers with them."""
        async with self.connect() as client:
            answers = [await client.get(f"/v1/applications/{key}") for key in application_ids]
        return [answer.json() for answer in answers]

    async def find_number(self, application_id: str) -> str:
        """The number of the application's case."""
        (application,) = await self.list_cases(application_id)
        number: str = application["number"]
        return number

    def connect(self) -> httpx.AsyncClient:
        """A client of the API that plays every part."""
        return httpx.AsyncClient(
            base_url=self.address, headers=tokens.all_roles_headers(), timeout=WIRE_SECONDS
        )

    async def deliver(self, event: Any) -> None:
        """Hands an event of another service to this one."""
        database = Database.connect(self.settings)
        record = people.build_record(event, self.clock.now())
        await people.deliver_record(database, self.settings, self.clock, record)
        await database.close()


@asynccontextmanager
async def serve_desk(
    databases: Databases, clock: ManualClock, folder: Path
) -> AsyncIterator[DeskSite]:
    """The applications service behind a real server, with one qualification."""

    def settings(url: str) -> ApplicationsSettings:
        return ApplicationsSettings(
            database_url=SecretStr(url), documents_url=(folder / "documents").as_uri()
        )

    url = await databases.create(settings)
    site_settings = settings(url)
    with listening(create(site_settings, clock)) as address:
        desk_site = DeskSite(address, site_settings, clock)
        await desk_site.deliver(people.build_published_event())
        yield desk_site
    await databases.drop(url)


async def open_window(
    browser: Browser,
    site: DeskSite,
    session_token: str,
    *,
    scripts: bool = False,
) -> Page:
    """A window of somebody who is signed in."""
    context = await browser.new_context(
        viewport={"width": WIDTHS["desktop"], "height": HEIGHT},
        bypass_csp=scripts,
        java_script_enabled=scripts,
    )
    cookie = {"name": SESSION_COOKIE, "value": session_token, "url": site.address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    return await context.new_page()


async def read_text(page: Page, place: str = "main") -> str:
    """What stands in a part of the page, with plain spaces."""
    return " ".join((await page.locator(place).first.inner_text()).split())
