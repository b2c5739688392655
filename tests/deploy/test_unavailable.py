"""A service that is down, hangs or breaks off: what the reader and the program are told."""

import base64
import hashlib
import re
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import httpx
import pytest

from deploy.gateway.unavailable import UnavailablePages
from shared.locale.catalogues import read_languages
from tests.deploy import misbehaviour
from tests.deploy.conftest import SILENCE_SECONDS, RunningGateway
from tests.deploy.peer import Peer
from tests.serving import WIRE_SECONDS

PAGE = "/ru/verify"
API = "/v1/verification"


@pytest.fixture
async def client(gateway: RunningGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=gateway.address, timeout=WIRE_SECONDS, trust_env=False
    ) as client:
        yield client


def _assert_unavailable(response: httpx.Response, title: str = "временно недоступен") -> None:
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Retry-After"] == "60"
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert title in response.text


async def test_who_reads_or_sends_a_form_gets_a_page(client: httpx.AsyncClient) -> None:
    _assert_unavailable(await client.get(PAGE))
    response = await client.post("/ru/cases/26-000118/decision", data={"outcome": "certify"})
    _assert_unavailable(response)
    assert "Введённое не пропало" in response.text
    assert (await client.head(PAGE)).status_code == 503


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_program_gets_a_problem_document(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, API)
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "60"
    problem = response.json()
    assert (problem["status"], problem["rule"]) == (503, "service.unavailable")
    assert re.fullmatch("urn:attesta:request:[0-9a-f]{32}", problem["instance"])


@pytest.mark.parametrize(
    ("path", "headers", "title"),
    [
        ("/en/verify", {"Accept-Language": "ru"}, "This section is unavailable"),
        ("/ru/verify", {"Cookie": "attesta_language=en"}, "временно недоступен"),
        ("/sign-in", {"Cookie": "attesta_language=en", "Accept-Language": "ru"}, "is unavailable"),
        ("/sign-in", {"Cookie": "a=b; __Host-attesta_language=en"}, "This section is unavailable"),
        ("/sign-in", {"Accept-Language": "en-GB,ru;q=0.5"}, "This section is unavailable"),
        ("/sign-in", {"Accept-Language": "de"}, "временно недоступен"),
        ("/c/K7MP-4XQ2-9D", {}, "временно недоступен"),
    ],
)
async def test_the_page_is_in_the_readers_language(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], title: str
) -> None:
    _assert_unavailable(await client.get(path, headers=headers), title)


async def test_one_service_that_is_down_leaves_the_others(
    client: httpx.AsyncClient, peer: Peer
) -> None:
    assert (await client.get(PAGE)).status_code == 503
    assert (await client.get("/ru/qualifications")).status_code == 200


async def test_the_overview_of_operations_is_answered_by_a_service_that_is_there(
    client: httpx.AsyncClient, gateway: RunningGateway, peer: Peer
) -> None:
    assert (await client.get("/ru/operations")).status_code == 200
    assert (await client.get("/ru/operations/notices")).status_code == 503
    with misbehaviour.breaking_off(gateway.ports.certificates, misbehaviour.SILENCE):
        assert (await client.get("/en/operations")).status_code == 200


async def test_where_no_service_answers_the_overview_a_page_says_so(
    client: httpx.AsyncClient,
) -> None:
    _assert_unavailable(await client.get("/ru/operations"))


@pytest.mark.parametrize("answer", [misbehaviour.SILENCE, misbehaviour.HEADERS_ALONE])
async def test_who_breaks_off_before_an_answer_counts_as_down(
    client: httpx.AsyncClient, gateway: RunningGateway, answer: bytes
) -> None:
    with misbehaviour.breaking_off(gateway.ports.certificates, answer):
        _assert_unavailable(await client.get(PAGE))


@pytest.mark.parametrize("answer", [misbehaviour.SHORT_BODY, misbehaviour.SHORT_CHUNKS])
async def test_an_answer_that_is_broken_off_is_not_taken_for_a_whole_one(
    client: httpx.AsyncClient, gateway: RunningGateway, answer: bytes
) -> None:
    with (
        misbehaviour.breaking_off(gateway.ports.certificates, answer),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        await client.get(PAGE)


def _hanging(gateway: RunningGateway, kind: str) -> AbstractContextManager[None]:
    port = gateway.ports.certificates
    if kind == "connecting":
        return misbehaviour.refusing_new_connections(port)
    return misbehaviour.breaking_off(port, misbehaviour.SILENCE, stays_open=True)


@pytest.mark.parametrize("kind", ["connecting", "answering"])
async def test_who_hangs_counts_as_down_soon(
    client: httpx.AsyncClient, gateway: RunningGateway, kind: str
) -> None:
    with _hanging(gateway, kind):
        started_at = time.monotonic()
        _assert_unavailable(await client.get(PAGE))
        assert SILENCE_SECONDS - 0.5 < time.monotonic() - started_at < 10 * SILENCE_SECONDS


async def test_the_style_of_the_page_is_allowed_by_its_policy(client: httpx.AsyncClient) -> None:
    response = await client.get(PAGE)
    style = re.search("<style>(.*?)</style>", response.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for remote in ("src=", "<link", "<script", "style=", "@import", "url("):
        assert remote not in response.text


def test_every_language_has_the_same_page() -> None:
    pages = UnavailablePages.read().pages
    assert list(pages) == list(read_languages())
    elements = {
        language: re.findall(r"<style>.*?</style>|<[/\w!]+", page, re.DOTALL)
        for language, page in pages.items()
    }
    assert len({tuple(names) for names in elements.values()}) == 1
    assert all(f'<html lang="{language}">' in page for language, page in pages.items())
    assert all(f'href="/{language}"' in page for language, page in pages.items())
