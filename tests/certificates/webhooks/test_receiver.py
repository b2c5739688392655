"""The receiver of the pages as a hook: what was lost on the way, its digests bring back."""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from services.certificates.main import create
from services.certificates.rosters.digests import seal_rosters
from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.sending import WebhookSender
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.rosters.portal import portal, subscribe
from tests.certificates.webhooks.portals import PortalServer, number_events
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.receivers import Received, answering
from tests.serving import WIRE_SECONDS, listening

RECEIVER = Path(__file__).parents[3] / "docs" / "receiver" / "receiver.py"
DAY = "2026-03-02"


class HookServer:
    """Gives what a portal's server receives to the hook of the receiver."""

    def __init__(self, hook: Any) -> None:
        self._hook = hook

    async def answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": received.body, "more_body": False}

        headers = [(name.encode(), value.encode()) for name, value in received.headers.items()]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        response = await self._hook(request)
        await answering(response.status_code, response.body)(received, writer)


async def run_check(client: httpx.AsyncClient, sender: WebhookSender, path: str) -> httpx.Response:
    asked = asyncio.ensure_future(client.post(path, headers=portal()))
    while not asked.done():
        await sender.send_due()
        await asyncio.sleep(0.02)
    return await asked


async def test_it_takes_signed_events_and_proves_afterwards_that_it_has_all(
    settings: CertificatesSettings,
    database: Database,
    clock: ManualClock,
    sender: WebhookSender,
    server: PortalServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with listening(create(settings, clock)) as site:
        async with httpx.AsyncClient(base_url=site, timeout=WIRE_SECONDS) as client:
            path = await subscribe(client)
            body = {"url": server.url, "contact": "it@portal.example"}
            entered = await client.post(f"{path}/endpoints", json=body, headers=portal())
            endpoint = entered.headers["location"]
            token = tokens.token(Scope.WATCH, employer=tokens.EMPLOYER)
            values = (site, token, path, entered.json()["secret"], str(tmp_path / "events.db"))
            monkeypatch.setenv("RECEIVER", " ".join(values))
            receiver = runpy.run_path(str(RECEIVER))
            server.receiver.answer = HookServer(receiver["hook"]).answer
            verified = await run_check(client, sender, f"{endpoint}/verify")
            assert verified.status_code == 200, verified.text
            assert (await run_check(client, sender, f"{endpoint}/test")).json()["status"] == 204
            await number_events(database, clock, settings, [path], 250)
            database_of_portal = receiver["db"]

            async def is_whole() -> bool:
                await sender.send_due()  # a slow portal gets its turns one by one
                (count,) = database_of_portal.execute("SELECT count(*) FROM event").fetchone()
                return bool(count == 250)

            await eventually(is_whole, "all events at the portal")
            clock.advance(days=1)
            await seal_rosters(database, clock, settings)
            assert await asyncio.to_thread(receiver["prove"], DAY)
            database_of_portal.execute("DELETE FROM event WHERE n BETWEEN 100 AND 120")
            assert await asyncio.to_thread(receiver["prove"], DAY), "it polls what it lost"
            receiver["api"].close()
            database_of_portal.close()
