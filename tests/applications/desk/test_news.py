"""Open pages of a case are told of changes: at once, in words, by one poller for all of them."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from deploy.local.ports import HOST
from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.desk.desk_pages import CLERK, SECRETARY, STRANGER
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.ports import reserve_ports
from tests.serving import WIRE_SECONDS, listening

PATIENCE_SECONDS = 15


@asynccontextmanager
async def open_news(
    client: httpx.AsyncClient, number: str, reader: dict[str, str] = CLERK, revision: int = 0
) -> AsyncIterator["NewsStream"]:
    """The stream that the page of a case opens."""
    address = f"/ru/cases/{number}/changes?revision={revision}&history=0"
    headers = {"Authorization": "", **reader}
    async with client.stream("GET", address, headers=headers, timeout=PATIENCE_SECONDS) as answer:
        yield NewsStream(answer)


class NewsStream:
    """An open stream of news."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def read(self) -> dict[str, Any]:
        """The next news; keep-alive comments are passed over. Raises `EOFError` at the end."""
        async for line in self._lines:
            if line.startswith("data: "):
                news: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return news
        raise EOFError


@pytest.fixture
async def site(
    settings: ApplicationsSettings, client: httpx.AsyncClient, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The service behind a real server, which has room for three open pages."""
    assert not client.is_closed, "it has heard of the qualification"
    narrow_settings = settings.model_copy(update={"live_client_limit": 3})
    with listening(create(narrow_settings, clock)) as address:
        headers = tokens.all_roles_headers()
        async with httpx.AsyncClient(
            base_url=address, headers=headers, timeout=WIRE_SECONDS
        ) as site_client:
            yield site_client


async def _submit(site: httpx.AsyncClient) -> tuple[str, str, int]:
    """A new case: its application's id, its number, its revision."""
    application_id = await people.submit_application(site)
    application = (await site.get(f"/v1/applications/{application_id}")).json()
    return application_id, application["number"], application["revision"]


async def test_a_change_is_told_once_in_words(site: httpx.AsyncClient) -> None:
    application_id, number, revision = await _submit(site)
    async with open_news(site, number, revision=revision) as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        await people.run_step(
            site, application_id, "begin-review", "under_review", reviewer="И. К."
        )
        news = await stream.read()
        assert news["id"] == str(revision + 1)
        assert news["text"] == "В 12:00 дело изменено (И. К.). Обновите страницу."
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(4):
                await stream.read()


async def test_a_page_that_is_behind_is_told_when_it_opens(site: httpx.AsyncClient) -> None:
    _, number, _ = await _submit(site)
    async with open_news(site, number, revision=0) as stream:
        assert (await stream.read())["id"] == "1"


async def test_only_who_may_read_the_case_is_told(site: httpx.AsyncClient) -> None:
    _, number, _ = await _submit(site)
    async with open_news(site, number, STRANGER) as stream:
        assert stream.answer.status_code == 404
    async with open_news(site, number, {"Cookie": ""}) as stream:
        assert stream.answer.status_code in (303, 401)
    async with open_news(site, number, SECRETARY) as stream:
        assert stream.answer.status_code == 200


async def test_a_process_has_so_many_places_and_gives_them_back(site: httpx.AsyncClient) -> None:
    _, number, _ = await _submit(site)
    async with AsyncExitStack() as pages:
        streams = [await pages.enter_async_context(open_news(site, number)) for _ in range(3)]
        for stream in streams:
            await stream.read()
        async with open_news(site, number) as refusal:
            assert (refusal.answer.status_code, refusal.answer.headers.get("Retry-After")) == (
                503,
                "30",
            )

    async def has_place() -> bool:
        async with open_news(site, number) as stream:
            return stream.answer.status_code == 200

    await eventually(has_place, "a page that was closed gives its place back")


async def test_a_stream_ends_with_the_session(site: httpx.AsyncClient, clock: ManualClock) -> None:
    _, number, revision = await _submit(site)
    ends_at = int(clock.now().timestamp()) + 60
    short_session = tokens.browser(
        Scope.PROCESS, subject="clerk", centre=tokens.CENTRE, exp=ends_at
    )
    async with open_news(site, number, short_session, revision) as stream:
        clock.advance(minutes=10)
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(EOFError):
                await stream.read()


async def test_many_pages_cost_no_more_connections(
    settings: ApplicationsSettings,
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
) -> None:
    assert not client.is_closed, "it has heard of the qualification"
    with listening(create(settings, clock)) as address:
        limits = httpx.Limits(max_connections=60)
        headers = tokens.all_roles_headers()
        async with (
            httpx.AsyncClient(
                base_url=address, headers=headers, limits=limits, timeout=WIRE_SECONDS
            ) as site,
            AsyncExitStack() as pages,
        ):
            _, number, _ = await _submit(site)
            streams = [await pages.enter_async_context(open_news(site, number)) for _ in range(50)]
            for stream in streams:
                await stream.read()
            (row,) = await people.fetch_rows(
                database,
                "SELECT count(*) FILTER (WHERE state <> 'idle') AS busy FROM pg_stat_activity"
                " WHERE application_name = 'attesta-applications' AND datname = current_database()"
                " AND pid <> pg_backend_pid()",
            )
            assert row.busy <= 1


async def test_a_process_that_is_told_to_stop_ends_its_streams(
    settings: ApplicationsSettings, client: httpx.AsyncClient
) -> None:
    application_id = await people.submit_application(client)
    number = (await client.get(f"/v1/applications/{application_id}")).json()["number"]
    port = reserve_ports().applications
    database_url = settings.database_url.get_secret_value()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "--factory", "services.applications.main:create"),
        *("--host", HOST, "--port", str(port), "--log-level", "error"),
        env={**os.environ, "ATTESTA_APPLICATIONS_DATABASE_URL": database_url},
    )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}", timeout=WIRE_SECONDS
        ) as site:

            async def is_ready() -> bool:
                try:
                    return (await site.get("/health/live")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(is_ready, "the service answers")
            async with open_news(site, number) as stream:
                await stream.read()
                process.send_signal(signal.SIGTERM)
                with pytest.raises(EOFError):
                    await stream.read()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
