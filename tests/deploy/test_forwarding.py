"""What passes a gateway, and how: both ways at once, untouched, as it comes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.conditions import eventually
from tests.deploy.conftest import RunningGateway
from tests.deploy.peer import FOLDER, PART, Peer
from tests.serving import WIRE_SECONDS

LARGE_PARTS = 1024
"""64 MiB."""
KEPT_BYTES = 48 * 1024 * 1024
"""More than a gateway may grow by when it passes what is large."""


@pytest.fixture
async def client(gateway: RunningGateway, peer: Peer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=gateway.address, timeout=WIRE_SECONDS, trust_env=False
    ) as client:
        yield client


def _values(request: dict[str, Any], name: str) -> list[str]:
    return [value for header, value in request["headers"] if header == name]


async def test_path_and_query_pass_byte_for_byte(gateway: RunningGateway, peer: Peer) -> None:
    target = "/v1/qualifications/%D0%BE%2F..?text=%d0%B0+b&x=|&x="
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.ports.gateway)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert f'"target":"{target}"'.encode() in answer


async def test_headers_of_the_hop_stay_and_all_others_pass(
    client: httpx.AsyncClient, gateway: RunningGateway
) -> None:
    response = await client.get(
        "/ru/qualifications",
        headers={
            "Connection": "keep-alive, X-Hop",
            "X-Hop": "1",
            "TE": "trailers",
            "Proxy-Authorization": "Basic x",
            "Cookie": "attesta_theme=dark; attesta_language=en",
            "If-Match": '"3"',
            "X-Correlation-ID": "mine",
            "Accept-Encoding": "br",
        },
    )
    request = response.json()
    names = {name for name, _ in request["headers"]}
    assert names.isdisjoint({"te", "keep-alive", "transfer-encoding", "proxy-authorization"})
    if gateway.kind == "local":  # nginx cannot drop what `Connection` names
        assert "x-hop" not in names
    assert _values(request, "cookie") == ["attesta_theme=dark; attesta_language=en"]
    assert _values(request, "if-match") == ['"3"']
    assert _values(request, "x-correlation-id") == ["mine"]
    assert _values(request, "accept-encoding") == ["br"]


async def test_the_service_learns_who_asks_and_under_which_address(
    client: httpx.AsyncClient, gateway: RunningGateway
) -> None:
    response = await client.get("/ru/qualifications", headers={"Host": "attesta.example:8000"})
    request = response.json()
    assert request["client"] == "127.0.0.1"
    assert request["url"] == "http://attesta.example:8000/ru/qualifications"
    assert _values(request, "x-forwarded-for") == ["127.0.0.1"]
    assert _values(request, "x-forwarded-proto") == ["http"]
    assert _values(request, "x-forwarded-host") == ["attesta.example:8000"]


async def test_what_a_client_claims_of_its_way_does_not_count(client: httpx.AsyncClient) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.9, 127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9;proto=https",
    }
    request = (await client.get("/ru/qualifications", headers=claims)).json()
    assert request["client"] == "127.0.0.1"
    assert request["url"].startswith("http://127.0.0.1:")
    assert "203.0.113.9" not in str(request)
    assert "evil" not in str(request)


async def test_redirects_and_cookies_are_the_clients(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{FOLDER}/moved")
    assert response.status_code == 307
    assert response.headers["Location"] == "/ru/qualifications"
    cookies = response.headers.get_list("Set-Cookie")
    assert cookies == ["first=1; HttpOnly; Path=/; SameSite=lax", "second=2; Path=/; SameSite=lax"]
    client.cookies.clear()
    request = (await client.get("/ru/qualifications")).json()
    assert _values(request, "cookie") == [], "the gateway keeps no cookie of another reader"


async def test_lines_pass_at_once(client: httpx.AsyncClient, peer: Peer) -> None:
    async with client.stream("GET", f"{FOLDER}/lines") as response:
        lines = response.aiter_lines()
        assert await anext(lines) == '{"line": 1}'
        peer.may_go_on.set()
        assert [line async for line in lines] == ['{"line": 2}']


@pytest.mark.parametrize("path", [f"{FOLDER}/events", f"{FOLDER}/slow"])
async def test_whoever_leaves_keeps_no_service_at_work(
    client: httpx.AsyncClient, peer: Peer, path: str
) -> None:
    async def read_for_ever() -> None:
        async with client.stream("GET", path) as response:
            async for _ in response.aiter_raw():
                pass

    reader = asyncio.create_task(read_for_ever())
    await asyncio.sleep(0.3)
    assert not reader.done()
    reader.cancel()

    async def is_gone() -> bool:
        return peer.client_gone.is_set()

    await eventually(is_gone, "the service to notice that nobody reads")


async def test_an_event_arrives_while_the_stream_is_open(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", f"{FOLDER}/events") as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        events = response.aiter_lines()
        assert await anext(events) == "data: {}"


async def test_what_is_large_passes_both_ways_and_is_not_kept(
    client: httpx.AsyncClient, gateway: RunningGateway
) -> None:
    await client.get("/ru/qualifications")
    bytes_before = gateway.process.memory_info().rss

    async def iterate_parts() -> AsyncIterator[bytes]:
        for _ in range(LARGE_PARTS):
            yield PART

    upload = (await client.post("/v1/imports", content=iterate_parts())).json()
    digest, size = hashlib.sha256(), 0
    async with client.stream("GET", f"{FOLDER}/large", params={"parts": LARGE_PARTS}) as response:
        async for part in response.aiter_raw():
            digest.update(part)
            size += len(part)
    assert upload["size"] == size == LARGE_PARTS * len(PART)
    assert upload["digest"] == digest.hexdigest()
    assert gateway.process.memory_info().rss - bytes_before < KEPT_BYTES


async def test_a_refusal_before_the_upload_is_read_arrives(client: httpx.AsyncClient) -> None:
    response = await client.post(f"{FOLDER}/refusal", content=PART * 64)
    assert response.status_code == 413
    assert response.json() == {"rule": "request.too_large"}


async def test_an_empty_answer_and_a_question_for_headers_alone_pass(
    client: httpx.AsyncClient,
) -> None:
    response = await client.head("/ru/qualifications")
    assert (response.status_code, response.content) == (200, b"")
    response = await client.delete("/v1/qualifications/1")
    assert response.json()["method"] == "DELETE"


async def test_the_services_own_refusal_passes(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{FOLDER}/busy")
    assert (response.status_code, response.json()) == (503, {"rule": "its.own"})
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    "path",
    ["/ops/outbox", "/metrics", "/health/live", "/%6Fps/outbox", "/ops", "/metrics/"],
)
async def test_what_is_for_operators_is_closed(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["rule"] == "http.not_found"


@pytest.mark.parametrize(
    "path", ["/v1/../ops/outbox", "//ops/outbox", "/ru/../ops/outbox", "/ops/../ops"]
)
async def test_no_detour_leads_to_what_is_closed(
    gateway: RunningGateway, peer: Peer, path: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.ports.gateway)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    # Services do not resolve dots: what reaches one is no address of its operators.
    assert "404" in answer.partition("\r\n")[0] or f'"target":"{path}?"' in answer


async def test_the_gateway_says_that_it_is_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})
