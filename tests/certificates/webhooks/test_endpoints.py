"""Endpoints over HTTP: who reaches them, what is refused, what is shown once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.rules import CHECK_TERM
from services.certificates.webhooks.secrets import load_secrets, reseal_secrets
from services.certificates.webhooks.sending import WebhookSender
from services.certificates.webhooks.upkeep import delete_ended_endpoints, delete_old_checks
from shared.context import command_context
from shared.db import Database, execute
from shared.principal import Scope
from tests import tokens
from tests.certificates.rosters.portal import portal, subscribe
from tests.certificates.webhooks.conftest import impatient
from tests.certificates.webhooks.portals import (
    PortalServer,
    activate,
    enter_endpoint,
    number_events,
    read_attempts,
    read_endpoint,
)
from tests.clock import ManualClock
from tests.name_server import NameServer
from tests.problems import assert_problem
from tests.receivers import Answer, answering, drip, freeze, write_garbage, write_without_end

OTHER = portal("7700000000")
BODY = {"url": "https://hr.portal.example/hook", "contact": "it@portal.example"}


@pytest.fixture
async def path(client: httpx.AsyncClient) -> str:
    """The address of a subscription."""
    return await subscribe(client)


async def run_check(client: httpx.AsyncClient, sender: WebhookSender, path: str) -> httpx.Response:
    """Asks for a check while a sender runs."""
    asked = asyncio.ensure_future(client.post(path, headers=portal()))
    while not asked.done():
        await sender.send_due()
        await asyncio.sleep(0.02)
    return await asked


@pytest.mark.parametrize(
    ("changes", "status", "rule"),
    [
        ({"url": "http://hr.portal.example/"}, 422, "endpoint.address"),
        ({"url": "https://user@hr.portal.example/"}, 422, "endpoint.address"),
        ({"url": "https://10.0.0.1/"}, 422, "endpoint.address"),
        ({"url": "https://[::1]/"}, 422, "endpoint.address"),
        ({"url": "nonsense"}, 422, "endpoint.address"),
        ({"url": "https://hr.portal.example/#x"}, 422, "endpoint.address"),
        ({"url": "x" * 2001}, 422, None),
        ({"url": ""}, 422, None),
        ({"contact": "nobody"}, 422, None),
        ({"contact": "it@portal.example\r\nBcc: all@portal.example"}, 422, None),
        ({"batch_max": 0}, 422, None),
        ({"batch_max": 101}, 422, "endpoint.batch_max"),
        ({"batch_max": 10**30}, 422, None),
        ({"after": 1}, 422, "endpoint.position"),
        ({"after": -1}, 422, None),
        ({"after": 10**30}, 422, None),
        ({"more": 1}, 422, None),
    ],
)
async def test_what_is_wrong_with_an_endpoint_is_named(
    client: httpx.AsyncClient, path: str, changes: dict[str, Any], status: int, rule: str | None
) -> None:
    answer = await client.post(f"{path}/endpoints", json=BODY | changes, headers=portal())
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert rule is None or problem["rule"] == rule
    [field] = changes
    assert any(field in error["pointer"] for error in problem["errors"])


async def test_a_secret_is_shown_once_and_kept_sealed(
    client: httpx.AsyncClient, database: Database, path: str, server: PortalServer
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    [secret] = server.secrets
    assert secret.startswith("whsec_")
    for address in (endpoint, f"{path}/endpoints"):
        assert secret not in (await client.get(address, headers=portal())).text
    async with database.transaction() as session:
        row = (await execute(session, text("SELECT sealed_secret FROM webhook_secret"))).one()
    assert secret.encode() not in row.sealed_secret
    assert secret.removeprefix("whsec_").encode() not in row.sealed_secret


async def test_a_lost_answer_is_given_again_to_who_has_its_key(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = {**portal(), "Idempotency-Key": str(uuid4()), "Accept-Encoding": "gzip"}
    answers = [await client.post(f"{path}/endpoints", json=BODY, headers=headers) for _ in range(2)]
    endpoint = answers[0].headers["location"]
    rotations = [await client.post(f"{endpoint}/secrets", headers=headers) for _ in range(2)]
    for first, repetition in (answers, rotations):
        assert (first.status_code, repetition.status_code) == (201, 201), first.text
        assert repetition.json() == first.json()
        for answer in (first, repetition):
            assert answer.headers["cache-control"] == "no-store"
            assert "content-encoding" not in answer.headers
    endpoints = (await client.get(f"{path}/endpoints", headers=portal())).json()["items"]
    assert [f"/v1/endpoints/{item['id']}" for item in endpoints] == [endpoint]
    assert endpoints[0]["revision"] == 1, "rotated once"


async def test_a_check_is_made_again_so_a_key_is_refused(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(f"{path}/endpoints", json=BODY, headers=portal())
    headers = {**portal(), "Idempotency-Key": str(uuid4())}
    refusal = await client.post(f"{answer.headers['location']}/test", headers=headers)
    assert_problem(refusal, 422, "idempotency.not_taken", "#header/Idempotency-Key")


async def test_two_secrets_sign_for_a_week_and_never_three(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    await activate(database, endpoint)
    secrets = [*server.secrets]
    for _ in range(2):
        answer = await client.post(f"{endpoint}/secrets", headers=portal())
        assert answer.status_code == 201
        assert answer.json()["previous_ends_at"] == "2026-03-09T09:00:00Z"
        secrets.append(answer.json()["secret"])

    async def send() -> list[bool]:
        await number_events(database, clock, settings, [path])
        await sender.send_due()
        request = server.receiver.requests[-1]
        signed = []
        for secret in secrets:
            try:
                Webhook(secret).verify(request.body, dict(request.headers))
            except Exception:
                signed.append(False)
            else:
                signed.append(True)
        return signed

    server.fault = answering(200)
    assert await send() == [False, True, True]
    clock.advance(days=7)
    assert await send() == [False, False, True]


async def test_secrets_are_sealed_anew_after_a_change_of_keys(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    path: str,
    server: PortalServer,
) -> None:
    from cryptography.fernet import Fernet  # noqa: PLC0415
    from pydantic import SecretStr  # noqa: PLC0415

    endpoint = await enter_endpoint(client, path, server)
    new_key = Fernet.generate_key().decode()
    both = settings.model_copy(
        update={"data_keys": SecretStr(f"{new_key},{settings.data_keys.get_secret_value()}")}
    )
    both.__dict__.pop("keyring", None)
    async with database.transaction() as session:
        context = command_context(session, clock.now(), both, "test")
        assert await reseal_secrets(context) == 1
        assert await reseal_secrets(context) == 0
    alone = settings.model_copy(update={"data_keys": SecretStr(new_key)})
    alone.__dict__.pop("keyring", None)
    async with database.transaction() as session:
        endpoint_id = UUID(endpoint.rpartition("/")[2])
        secrets = await load_secrets(session, alone.keyring, endpoint_id, clock.now())
    assert secrets == server.secrets


async def test_a_roster_has_three_endpoints_at_most(
    client: httpx.AsyncClient, path: str, server: PortalServer
) -> None:
    answers = await asyncio.gather(
        *(client.post(f"{path}/endpoints", json=BODY, headers=portal()) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    listed = (await client.get(f"{path}/endpoints", headers=portal())).json()["items"]
    assert len(listed) == 3
    gone = await client.delete(f"/v1/endpoints/{listed[0]['id']}", headers=portal())
    assert gone.status_code == 204
    await enter_endpoint(client, path, server)


async def test_an_ended_roster_takes_no_endpoint(client: httpx.AsyncClient, path: str) -> None:
    await client.delete(path, headers=portal())
    answer = await client.post(f"{path}/endpoints", json=BODY, headers=portal())
    assert answer.status_code == 409


ROUTES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "", None),
    ("PATCH", "", {"batch_max": 1}),
    ("DELETE", "", None),
    ("POST", "/verify", None),
    ("POST", "/resume", None),
    ("POST", "/test", None),
    ("POST", "/replay", {"after": 0}),
    ("POST", "/skip", {"sequence": 1}),
    ("POST", "/secrets", None),
    ("GET", "/attempts", None),
]


@pytest.mark.parametrize(("method", "suffix", "body"), ROUTES)
async def test_another_employers_endpoint_is_not_there(
    client: httpx.AsyncClient,
    path: str,
    server: PortalServer,
    method: str,
    suffix: str,
    body: dict[str, Any] | None,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    before = await read_endpoint(client, endpoint)
    for address in (endpoint, f"/v1/endpoints/{uuid4()}"):
        headers = OTHER if address == endpoint else portal()
        answer = await client.request(method, f"{address}{suffix}", json=body, headers=headers)
        assert (answer.status_code, answer.json()["rule"]) == (404, "endpoint.unknown")
    verifier = tokens.bearer(Scope.VERIFY, employer=tokens.EMPLOYER)
    answer = await client.request(method, f"{endpoint}{suffix}", json=body, headers=verifier)
    assert answer.status_code == 403
    nobody = tokens.bearer(Scope.WATCH)
    answer = await client.request(method, f"{endpoint}{suffix}", json=body, headers=nobody)
    assert answer.status_code == 403
    without = {"Authorization": ""}
    answer = await client.request(method, f"{endpoint}{suffix}", json=body, headers=without)
    assert answer.status_code == 401
    assert await read_endpoint(client, endpoint) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_endpoints_of_another_employers_roster_are_not_there(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    answer = await client.request(method, f"{path}/endpoints", json=BODY, headers=OTHER)
    assert (answer.status_code, answer.json()["rule"]) == (404, "subscription.unknown")


async def test_a_handshake_lets_events_go(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    await number_events(database, clock, settings, [path], 2)
    assert await sender.send_due() == 0, "nothing goes to an address that nobody verified"
    answer = await run_check(client, sender, f"{endpoint}/verify")
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == "delivered"
    await sender.send_due()
    assert server.taken == [1, 2], "also what came before it was verified"
    assert (await read_endpoint(client, endpoint))["state"] == "active"
    again = await client.post(f"{endpoint}/verify", headers=portal())
    assert (again.status_code, again.json()["rule"]) == (409, "endpoint.verified")
    resumed = await client.post(f"{endpoint}/resume", headers=portal())
    assert (resumed.status_code, resumed.json()["rule"]) == (409, "endpoint.not_paused")


async def echo_all(received: Any, writer: asyncio.StreamWriter) -> None:
    await answering(200, received.body)(received, writer)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (echo_all, "endpoint.signature_unchecked"),
        (answering(204), "endpoint.signature_unchecked"),
        (answering(401), "endpoint.refused"),
        (answering(404), "endpoint.refused"),
        (answering(500), "endpoint.refused"),
        (answering(301, location="https://10.0.0.1/"), "endpoint.refused"),
        (freeze, "endpoint.refused"),
        (drip, "endpoint.refused"),
        (write_garbage, "endpoint.refused"),
        (write_without_end, "endpoint.signature_unchecked"),
    ],
)
@impatient
async def test_a_handshake_that_fails_says_why(
    client: httpx.AsyncClient,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
    fault: Answer,
    rule: str,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    server.fault = fault
    answer = await run_check(client, sender, f"{endpoint}/verify")
    assert (answer.status_code, answer.json()["rule"]) == (422, rule), answer.text
    assert (await read_endpoint(client, endpoint))["state"] == "unverified"
    [attempt] = await read_attempts(client, endpoint)
    assert attempt["kind"] == "handshake"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'"x"', b"[" * 4000, b"\xff\xfe"])
async def test_a_challenge_must_come_back_as_it_is(
    client: httpx.AsyncClient, sender: WebhookSender, path: str, server: PortalServer, body: bytes
) -> None:
    endpoint = await enter_endpoint(client, path, server)

    async def answer_truly_signed(received: Any, writer: asyncio.StreamWriter) -> None:
        answer = answering(200, body) if server.is_signed(received) else answering(401)
        await answer(received, writer)

    server.fault = answer_truly_signed
    answer = await run_check(client, sender, f"{endpoint}/verify")
    assert (answer.status_code, answer.json()["rule"]) == (422, "endpoint.challenge")


async def test_nobody_leads_the_sender_into_our_network(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    names: NameServer,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    strict = settings.model_copy(update={"webhook_local": False})
    sender = WebhookSender(database, clock, strict, strict.build_egress())
    async with database.transaction() as session:
        statement = text("UPDATE webhook_endpoint SET url = :url")
        await execute(session, statement, {"url": f"https://{server.host}/hook"})
    for address in ("127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"):
        names.answers[server.host] = [["8.8.8.8", address]]
        answer = await run_check(client, sender, f"{endpoint}/verify")
        assert (answer.status_code, answer.json()["rule"]) == (422, "endpoint.unreachable")
    assert server.receiver.connection_count == 0


@impatient
async def test_a_check_that_no_sender_makes_is_given_up(
    client: httpx.AsyncClient,
    clock: ManualClock,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    asked = [
        asyncio.ensure_future(client.post(f"{endpoint}/verify", headers=portal())) for _ in range(2)
    ]
    await asyncio.sleep(0.5)
    clock.advance(seconds=CHECK_TERM.total_seconds())
    await sender.send_due()
    answers = await asyncio.gather(*asked)
    assert {answer.json()["rule"] for answer in answers} == {"endpoint.abandoned"}
    assert not server.receiver.requests


async def test_test_events_are_few_and_bear_no_number(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    early = await client.post(f"{endpoint}/test", headers=portal())
    assert (early.status_code, early.json()["rule"]) == (409, "endpoint.unverified")
    await activate(database, endpoint)
    for _ in range(10):
        answer = await run_check(client, sender, f"{endpoint}/test")
        assert (answer.status_code, answer.json()["status"]) == (200, 204)
    refused = await client.post(f"{endpoint}/test", headers=portal())
    assert (refused.status_code, refused.json()["rule"]) == (429, "endpoint.checks")
    assert int(refused.headers["retry-after"]) == 3601
    assert [event["type"] for event in server.tests] == ["attesta.roster.test.v1"] * 10
    assert (await read_endpoint(client, endpoint))["delivered_through"] == 0
    clock.advance(hours=1, seconds=1)
    server.fault = answering(500)
    failed = await run_check(client, sender, f"{endpoint}/test")
    assert (failed.status_code, failed.json()["failure"]) == (200, "500")
    assert (await read_endpoint(client, endpoint))["state"] == "active", "a test counts for nothing"


async def test_another_address_is_verified_anew(
    client: httpx.AsyncClient, database: Database, path: str, server: PortalServer
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    await activate(database, endpoint)
    revision = (await read_endpoint(client, endpoint))["revision"]
    stale = {**portal(), "If-Match": f'"{revision + 7}"'}
    answer = await client.patch(endpoint, json={"batch_max": 7}, headers=stale)
    assert answer.status_code == 412
    changes = {"batch_max": 7, "contact": "other@portal.example"}
    answer = await client.patch(endpoint, json=changes, headers=portal())
    assert (answer.json()["state"], answer.json()["batch_max"]) == ("active", 7)
    answer = await client.patch(endpoint, json={"url": "http://x"}, headers=portal())
    assert (answer.status_code, answer.json()["rule"]) == (422, "endpoint.address")
    answer = await client.patch(endpoint, json={"url": BODY["url"]}, headers=portal())
    assert (answer.json()["state"], answer.json()["url"]) == ("unverified", BODY["url"])


async def test_old_rows_go(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    endpoint = await enter_endpoint(client, path, server)
    await run_check(client, sender, f"{endpoint}/verify")
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, "test")
        assert (await delete_old_checks(context), await delete_ended_endpoints(context)) == (0, 0)
    clock.advance(days=31)
    async with database.transaction() as session:
        statement = "UPDATE subscription SET state = 'ended', ended_at = :now, erased_at = :now"
        await execute(session, text(statement), {"now": clock.now()})
        context = command_context(session, clock.now(), settings, "test")
        assert (await delete_old_checks(context), await delete_ended_endpoints(context)) == (1, 1)
    assert (await client.get(endpoint, headers=portal())).status_code == 404
