"""Events go to portals in order, one message at a time, until each is taken."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.claims import HOST_PAUSE, claim_term
from services.certificates.webhooks.sending import TURN_MESSAGES, WebhookSender
from shared.db import Database, execute
from shared.delivery.backoff import WEBHOOK_BACKOFF
from tests.certificates.rosters.portal import digest_of, portal, read_events, subscribe
from tests.certificates.webhooks.conftest import impatient
from tests.certificates.webhooks.portals import (
    PortalHouse,
    PortalServer,
    activate,
    enter_endpoint,
    number_events,
    read_attempts,
    read_endpoint,
)
from tests.clock import ManualClock
from tests.receivers import (
    Answer,
    answering,
    drip,
    freeze,
    hang_up,
    write_garbage,
    write_without_end,
)


@pytest.fixture
async def path(client: httpx.AsyncClient) -> str:
    """The address of a subscription."""
    return await subscribe(client)


@pytest.fixture
async def endpoint(
    client: httpx.AsyncClient, database: Database, path: str, server: PortalServer
) -> str:
    """The address of an endpoint to which events go."""
    endpoint = await enter_endpoint(client, path, server)
    await activate(database, endpoint)
    return endpoint


async def change_endpoints(database: Database, **values: Any) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    async with database.transaction() as session:
        await execute(session, text(f"UPDATE webhook_endpoint SET {assignments}"), values)


async def test_events_go_in_order_as_a_signed_batch_of_cloud_events(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
) -> None:
    await number_events(database, clock, settings, [path], 250)
    await sender.send_due()
    subscription = path.rpartition("/")[2]
    assert [message for message, _ in server.messages] == [
        f"evt_{subscription}_1_100",
        f"evt_{subscription}_101_200",
        f"evt_{subscription}_201_250",
    ]
    assert server.taken == list(range(1, 251))
    request = server.receiver.requests[0]
    assert request.headers["content-type"] == "application/cloudevents-batch+json"
    events = await read_events(client, path)
    assert digest_of(list(server.events.values())) == digest_of(events)
    assert server.receiver.connection_count == 1, "one connection for a turn"
    view = await read_endpoint(client, endpoint)
    assert (view["state"], view["delivered_through"]) == ("active", 250)
    attempts = await read_attempts(client, endpoint)
    assert sorted((a["first"], a["last"], a["outcome"]) for a in attempts) == [
        (1, 100, "delivered"),
        (101, 200, "delivered"),
        (201, 250, "delivered"),
    ]
    assert all(a["status"] == 204 and len(a["trace_id"]) == 32 for a in attempts)


async def test_a_portal_that_wants_events_alone_gets_each_by_itself(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
) -> None:
    await activate(database, await enter_endpoint(client, path, server, batch_max=1))
    await number_events(database, clock, settings, [path], TURN_MESSAGES + 3)
    await sender.send_due()
    assert [sequences for _, sequences in server.messages] == [
        [number] for number in range(1, TURN_MESSAGES + 4)
    ]
    request = server.receiver.requests[0]
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert isinstance(request.read_json(), dict)


FAULTS: list[tuple[Answer | None, str]] = [
    (None, "down"),
    (answering(500), "500"),
    (drip, "timeout"),
    (freeze, "timeout"),
    (answering(307, location="https://10.0.0.1/"), "307"),
    (write_garbage, "protocol"),
    (hang_up, "protocol"),
]


@impatient
async def test_who_fails_holds_up_nobody_and_proves_afterwards_that_it_has_all(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    house: PortalHouse,
) -> None:
    """A portal of each fault for three days, beside two that do well."""
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(house.open(number)) for number in range(len(FAULTS) + 2)
        ]
        paths, endpoints = [], []
        for server in servers:
            paths.append(await subscribe(client))
            endpoints.append(await enter_endpoint(client, paths[-1], server))
            await activate(database, endpoints[-1])
        down_host = servers[0].host
        for server, (fault, _) in zip(servers, FAULTS, strict=False):
            server.fault = fault
        await change_hosts(database, down_host, "https://p0.portal.example:1/hook")
        good = servers[len(FAULTS) :]
        for day in range(3):
            await number_events(database, clock, settings, paths, 10)
            await sender.send_due()
            for server in good:
                assert server.taken == list(range(1, 10 * (day + 1) + 1)), "on time"
            clock.advance(days=1)
        views = [await read_endpoint(client, endpoint) for endpoint in endpoints]
        states = [view["state"] for view in views]
        assert states == ["failing"] * len(FAULTS) + ["active"] * 2
        for endpoint, (_, failure) in zip(endpoints, FAULTS, strict=False):
            attempts = await read_attempts(client, endpoint)
            assert {attempt["failure"] for attempt in attempts} == {
                "connect" if failure == "down" else failure
            }
            assert len(attempts) == 3, "nobody knocks where it is not time"
        await change_hosts(database, down_host, servers[0].url)
        for server in servers:
            server.fault = None
        clock.advance(days=1)
        await sender.send_due()
        for server, path in zip(servers, paths, strict=True):
            events = await read_events(client, path)
            assert [server.events[number] for number in range(1, 31)] == events
            assert digest_of([server.events[n] for n in sorted(server.events)]) == digest_of(events)
            assert server.taken == list(range(1, 31)), "each once"


async def change_hosts(database: Database, host: str, url: str) -> None:
    async with database.transaction() as session:
        statement = text("UPDATE webhook_endpoint SET url = :url WHERE host = :host")
        await execute(session, statement, {"url": url, "host": host})


async def test_an_endless_answer_counts_by_its_status(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    client: httpx.AsyncClient,
    endpoint: str,
) -> None:
    server.fault = write_without_end
    await number_events(database, clock, settings, [path])
    await sender.send_due()
    [attempt] = await read_attempts(client, endpoint)
    assert (attempt["outcome"], attempt["status"]) == ("delivered", 200)


async def test_a_failing_portal_gets_one_event_first_then_batches(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path], 30)
    server.fault = answering(503)
    for failures in range(1, 9):
        await sender.send_due()
        view = await read_endpoint(client, endpoint)
        assert (view["state"], view["failures"]) == ("failing", failures)
        longest = WEBHOOK_BACKOFF.pauses[min(failures, 6) - 1] * 1.2
        clock.advance(seconds=longest.total_seconds() + 1)
    assert [len(request.read_json()) for request in server.receiver.requests] == [30] + [1] * 7
    server.fault = None
    await sender.send_due()
    assert [sequences for _, sequences in server.messages] == [[1], list(range(2, 31))]
    view = await read_endpoint(client, endpoint)
    assert (view["state"], view["failures"], view["failing_since"]) == ("active", 0, None)


async def test_a_portal_that_asks_for_patience_gets_it_and_has_not_failed(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path])
    server.fault = answering(429, retry_after="7200")
    await sender.send_due()
    view = await read_endpoint(client, endpoint)
    assert (view["state"], view["failures"]) == ("active", 0)
    clock.advance(seconds=7199)
    assert await sender.send_due() == 0
    server.fault = None
    clock.advance(seconds=2)
    await sender.send_due()
    assert server.taken == [1]


async def test_a_portal_that_is_gone_is_asked_no_more(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path])
    server.fault = answering(410)
    await sender.send_due()
    assert (await read_endpoint(client, endpoint))["state"] == "disabled"
    clock.advance(days=30)
    await number_events(database, clock, settings, [path])
    assert await sender.send_due() == 0


async def test_after_days_without_one_success_it_is_paused_and_caught_up_later(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    two_days = settings.model_copy(update={"webhook_pause_days": 2})
    sender = WebhookSender(database, clock, two_days, two_days.build_egress())
    server.fault = answering(500)
    for hour in range(2 * 24):
        if hour % 24 == 0:
            await number_events(database, clock, settings, [path], 50)
        await sender.send_due()
        clock.advance(hours=1, minutes=15)
    view = await read_endpoint(client, endpoint)
    assert view["state"] == "paused"
    assert 35 < len(server.receiver.requests) <= 2 * 24, "once an hour"
    assert await sender.send_due() == 0
    server.fault = None
    resumed, _ = await asyncio.gather(
        client.post(f"{endpoint}/resume", headers=portal()), _send_until_quiet(sender)
    )
    assert resumed.status_code == 200, resumed.text
    await sender.send_due()
    assert server.taken == list(range(1, view["last_sequence"] + 1))


async def _send_until_quiet(sender: WebhookSender) -> None:
    for _ in range(200):
        if await sender.send_due():
            return
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("point", ["claimed", "sent"])
async def test_a_sender_that_dies_leaves_the_same_message_to_the_next(
    point: str,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path], 5)
    server.fault = freeze if point == "claimed" else None
    await _die_at(point, sender, server)
    [attempt] = await read_attempts(client, endpoint)
    assert (attempt["first"], attempt["last"], attempt["outcome"]) == (1, 5, None)
    server.fault = None
    await number_events(database, clock, settings, [path], 5)
    assert await sender.send_due() == 0, "the claim holds"
    clock.advance(seconds=claim_term(settings).total_seconds() + 1)
    await sender.send_due()
    subscription = path.rpartition("/")[2]
    expected = [f"evt_{subscription}_1_5", f"evt_{subscription}_6_10"]
    if point == "sent":
        expected.insert(0, expected[0])
    assert [message for message, _ in server.messages] == expected
    assert sorted(server.events) == list(range(1, 11))


async def _die_at(point: str, sender: WebhookSender, server: PortalServer) -> None:
    """Kills the sender while it waits for the answer, or before it has recorded it."""
    killed = asyncio.Event()

    async def kill(*_: object, **__: object) -> None:
        killed.set()
        await asyncio.sleep(3600)

    if point == "sent":
        sender._end_message = kill  # type: ignore[method-assign]
    running = asyncio.ensure_future(sender.send_due())
    while not (server.receiver.requests and (point == "claimed" or killed.is_set())):
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    if point == "sent":
        del sender._end_message
    sender._open.counts.clear()  # another process has nothing open


async def test_senders_at_once_send_each_message_once_in_order(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    house: PortalHouse,
) -> None:
    senders = [WebhookSender(database, clock, settings, settings.build_egress()) for _ in range(3)]
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(house.open(number)) for number in range(5)]
        paths = [await subscribe(client) for _ in servers]
        for path, server in zip(paths, servers, strict=True):
            await activate(database, await enter_endpoint(client, path, server, batch_max=3))
        await number_events(database, clock, settings, paths, 40)
        await asyncio.gather(*(sender.send_due() for sender in senders))
        await senders[0].send_due()
        for server in servers:
            assert server.taken == list(range(1, 41))
            assert server.receiver.most_open_requests == 1, "N+1 only after N was taken"


async def test_a_host_has_two_requests_at_once_and_others_go_past_its_queue(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    house: PortalHouse,
) -> None:
    few = settings.model_copy(update={"webhooks_at_once": 8})
    sender = WebhookSender(database, clock, few, few.build_egress())
    async with house.open(0) as busy, house.open(1) as other:
        paths = [await subscribe(client) for _ in range(4)]
        for path in paths:
            for _ in range(3):
                await activate(database, await enter_endpoint(client, path, busy))
        other_path = await subscribe(client)
        await activate(database, await enter_endpoint(client, other_path, other))
        await number_events(database, clock, settings, [*paths, other_path])
        await change_endpoints(database, next_attempt_at=clock.now() - timedelta(hours=1))
        async with database.transaction() as session:
            await execute(
                session,
                text("UPDATE webhook_endpoint SET next_attempt_at = :at WHERE host = :host"),
                {"at": clock.now(), "host": other.host},
            )

        async def answer_late(received: Any, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.05)
            await answering(204)(received, writer)

        busy.fault = answer_late
        await sender.send_due()
        assert len(busy.receiver.requests) == 2
        assert other.taken == [1], "though twelve waited longer"
        for _ in range(6):
            clock.advance(seconds=HOST_PAUSE.total_seconds())
            await sender.send_due()
        assert len(busy.receiver.requests) == 12
        assert busy.receiver.most_open_requests <= 2


@impatient
async def test_slow_and_failing_ones_share_a_quarter_of_the_places(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    house: PortalHouse,
) -> None:
    few = settings.model_copy(update={"webhooks_at_once": 8})
    sender = WebhookSender(database, clock, few, few.build_egress())
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(house.open(number)) for number in range(10)]
        paths = [await subscribe(client) for _ in servers]
        for path, server in zip(paths, servers, strict=True):
            await activate(database, await enter_endpoint(client, path, server))
            server.fault = freeze
        good = servers[-1]
        good.fault = None
        await number_events(database, clock, settings, paths)
        await sender.send_due()
        assert good.taken == [1]
        clock.advance(seconds=7)
        await number_events(database, clock, settings, paths)
        running = asyncio.ensure_future(sender.send_due())
        started_at = time.monotonic()
        while good.taken != [1, 2]:
            await asyncio.sleep(0.01)
        assert time.monotonic() - started_at < settings.webhook_limit_seconds
        open_requests = sum(server.receiver.open_requests for server in servers)
        assert open_requests <= 2, "a quarter of eight"
        await running


async def test_a_replay_sends_again_and_a_skip_passes_by(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path], 6)
    await sender.send_due()
    answer = await client.post(f"{endpoint}/replay", json={"after": 3}, headers=portal())
    assert answer.status_code == 200, answer.text
    await sender.send_due()
    assert server.taken == [1, 2, 3, 4, 5, 6, 4, 5, 6]
    server.fault = answering(500)
    await number_events(database, clock, settings, [path], 2)
    await sender.send_due()
    refused = await client.post(f"{endpoint}/skip", json={"sequence": 8}, headers=portal())
    assert (refused.status_code, refused.json()["rule"]) == (409, "endpoint.not_next")
    answer = await client.post(f"{endpoint}/skip", json={"sequence": 7}, headers=portal())
    assert answer.json()["delivered_through"] == 7
    server.fault = None
    await sender.send_due()
    assert server.taken[-1] == 8
    assert 7 not in server.events


async def test_a_cursor_that_the_portal_moves_meanwhile_stays_where_it_was_put(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path], 6)
    await sender.send_due()
    await number_events(database, clock, settings, [path], 2)

    async def replay_meanwhile(received: Any, writer: asyncio.StreamWriter) -> None:
        server.fault = None
        answer = await client.post(f"{endpoint}/replay", json={"after": 0}, headers=portal())
        assert answer.status_code == 200
        await server.answer(received, writer)

    server.fault = replay_meanwhile
    await sender.send_due()
    assert server.taken == [*range(1, 7), 7, 8, *range(1, 9)]
    assert server.receiver.most_open_requests == 1


async def test_events_whose_content_is_erased_are_passed_by(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    await number_events(database, clock, settings, [path], 4)
    async with database.transaction() as session:
        await execute(session, text("UPDATE roster_event SET content = NULL WHERE sequence < 3"))
    await sender.send_due()
    assert server.taken == [3, 4]
    async with database.transaction() as session:
        await execute(session, text("UPDATE roster_event SET content = NULL"))
    await client.post(f"{endpoint}/replay", json={"after": 0}, headers=portal())
    await sender.send_due()
    assert server.taken == [3, 4]
    assert (await read_endpoint(client, endpoint))["delivered_through"] == 4


async def test_a_running_sender_is_woken_by_the_commit_that_numbers(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    server: PortalServer,
    path: str,
    endpoint: str,
) -> None:
    patient = settings.model_copy(update={"poll_seconds": 60.0})
    sender = WebhookSender(database, clock, patient, patient.build_egress())
    running = asyncio.ensure_future(sender.run())
    try:
        await asyncio.sleep(0.3)
        started_at = time.monotonic()
        await number_events(database, clock, settings, [path], 3)
        while server.taken != [1, 2, 3]:
            await asyncio.sleep(0.01)
            assert not running.done()
        assert time.monotonic() - started_at < patient.poll_seconds
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_secret_that_no_key_opens_fails_its_own_endpoint_only(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    server: PortalServer,
    path: str,
    endpoint: str,
    client: httpx.AsyncClient,
) -> None:
    other = await enter_endpoint(client, path, server)
    await activate(database, other)
    async with database.transaction() as session:
        await execute(
            session,
            text("UPDATE webhook_secret SET sealed_secret = 'x' WHERE endpoint_id = :id"),
            {"id": UUID(endpoint.rpartition("/")[2])},
        )
    await number_events(database, clock, settings, [path])
    await sender.send_due()
    assert server.taken == [1]
    [attempt] = await read_attempts(client, endpoint)
    assert (attempt["outcome"], attempt["failure"]) == ("unmade", "secret")
