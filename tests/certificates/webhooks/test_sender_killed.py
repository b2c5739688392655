"""Senders that are killed while they send: each portal has every event, in order."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from shared.clock import SystemClock
from shared.db import Database, execute
from tests.certificates.approvals import rows
from tests.certificates.rosters.portal import subscribe
from tests.certificates.webhooks.portals import (
    PortalHouse,
    PortalServer,
    activate,
    enter_endpoint,
    number_events,
)
from tests.conditions import eventually
from tests.faults.killable_processes import KillableProcesses
from tests.receivers import Received, answering, freeze

EVENTS = 60
PORTALS = 3
SENDERS = 2
KILLED_AT = frozenset({4, 11, 19, 27})
"""In the midst of which messages one of the senders is killed."""
LONGEST_WAIT = 240.0
END_CLAIMS = "UPDATE webhook_endpoint SET next_attempt_at = now()"
LOCK_ENDPOINTS = "SELECT 1 FROM webhook_endpoint FOR UPDATE"
WAITING = """
    SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
"""

StartSenders = Callable[[int], KillableProcesses]


@pytest.fixture
def start_senders(settings: CertificatesSettings, tmp_path: Path) -> StartSenders:
    """Starts senders that send to portals of the tests."""
    variables = {
        "ATTESTA_TRIAL_SITE": "true",
        "ATTESTA_CERTIFICATES_WEBHOOK_LOCAL": "true",
        "ATTESTA_CERTIFICATES_WEBHOOK_LIMIT_SECONDS": str(settings.webhook_limit_seconds),
        "ATTESTA_CERTIFICATES_WEBHOOK_SLOW_SECONDS": str(settings.webhook_slow_seconds),
        "ATTESTA_CERTIFICATES_WEBHOOK_NAMESERVERS": json.dumps(settings.webhook_nameservers),
        "ATTESTA_CERTIFICATES_WEBHOOK_AUTHORITIES": str(settings.webhook_authorities),
    }
    module = "services.certificates.sender"
    return lambda count: KillableProcesses(module, count, settings, tmp_path, variables)


async def _open_endpoint(
    client: httpx.AsyncClient, database: Database, server: PortalServer
) -> str:
    """The address of a subscription whose events go to the portal, one by one."""
    path = await subscribe(client)
    await activate(database, await enter_endpoint(client, path, server, batch_max=1))
    return path


async def _run(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await execute(session, text(statement))


async def _await_delivered(database: Database) -> None:
    async def are_delivered() -> bool:
        behind = "SELECT 1 FROM webhook_endpoint WHERE delivered_through < last_sequence"
        return not await rows(database, behind)

    await eventually(are_delivered, "no endpoint is behind", LONGEST_WAIT)


@pytest.mark.parametrize("point", ["before the answer", "after the answer"])
async def test_a_message_whose_sender_was_killed_goes_again_as_it_was(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    server: PortalServer,
    start_senders: StartSenders,
    point: str,
) -> None:
    path = await _open_endpoint(client, database, server)
    await number_events(database, SystemClock(), settings, [path], 2)
    async with AsyncExitStack() as stack:
        senders = stack.enter_context(closing(start_senders(1)))
        async with AsyncExitStack() as locking:

            async def answer_and_lock(received: Received, writer: asyncio.StreamWriter) -> None:
                session = await locking.enter_async_context(database.transaction())
                await execute(session, text(LOCK_ENDPOINTS))
                await answering(204)(received, writer)

            async def is_at_point() -> bool:
                if point == "before the answer":
                    return bool(server.receiver.requests)
                return bool(server.receiver.requests and await rows(database, WAITING))

            server.fault = freeze if point == "before the answer" else answer_and_lock
            await eventually(is_at_point, "the sender is at the point", LONGEST_WAIT)
            server.fault = None
            senders.kill(0)
        await _run(database, END_CLAIMS)
        await _await_delivered(database)
    messages = [received.headers["webhook-id"] for received in server.receiver.requests]
    subscription = path.rpartition("/")[2]
    first = f"evt_{subscription}_1_1"
    assert messages == [first, first, f"evt_{subscription}_2_2"]


async def test_portals_of_senders_that_are_killed_at_random_have_every_event(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    house: PortalHouse,
    start_senders: StartSenders,
) -> None:
    chance, message_count = random.Random(4), 0
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(house.open(n)) for n in range(PORTALS)]
        paths = [await _open_endpoint(client, database, server) for server in servers]
        await number_events(database, SystemClock(), settings, paths, EVENTS)
        with closing(start_senders(SENDERS)) as senders:

            def kill_in_the_midst(server: PortalServer) -> None:
                judge = server.answer

                async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
                    nonlocal message_count
                    message_count += 1
                    if message_count in KILLED_AT:
                        senders.kill(chance.randrange(SENDERS))
                        await _run(database, END_CLAIMS)
                    await judge(received, writer)

                server.receiver.answer = answer

            async def have_been_killed() -> bool:
                return message_count > max(KILLED_AT)

            for server in servers:
                kill_in_the_midst(server)
            await eventually(have_been_killed, "the last one is killed", LONGEST_WAIT)
        await _run(database, END_CLAIMS)
        with closing(start_senders(1)):
            await _await_delivered(database)
    for server in servers:
        assert sorted(server.events) == list(range(1, EVENTS + 1))
    again_count = sum(len(server.taken) for server in servers) - EVENTS * PORTALS
    assert again_count <= (2 * len(KILLED_AT) + 1) * PORTALS, "only what was in flight"
