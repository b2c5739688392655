"""Sessions of pages: who reads, whose session has ended, and forms of other sites."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Request
from joserfc.jwk import ECKey

from services.catalog.settings import CatalogSettings
from shared.principal import Principal, Scope
from shared.web.app import create_app
from shared.web.guards import PUBLIC_PAGE, AllowPage
from shared.web.resources import Resources
from shared.web.sessions import READER_SECONDS, SESSION_COOKIE, identify_expired_session
from tests import tokens
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving, silent_server

SITE = "https://attesta.test"
STRANGER = ECKey.generate_key("P-256", {"kid": "tests"})
router = APIRouter(include_in_schema=False)  # no routes of the API


@router.get("/public", dependencies=[Depends(PUBLIC_PAGE)])
async def read_public(request: Request) -> dict[str, Any]:
    reader: Principal | None = request.state.reader
    expired = await identify_expired_session(request)
    return {"reader": reader and reader.name, "expired": expired and expired.subject}


@router.get("/soft", dependencies=[Depends(PUBLIC_PAGE)])
async def read_soft(request: Request) -> str | None:
    reader: Principal | None = request.state.reader
    return None if reader is None else reader.subject


@router.api_route("/staff", methods=["GET", "POST"])
async def read_staff(caller: Annotated[Principal, Depends(AllowPage(Scope.PROCESS))]) -> str:
    return caller.subject


def _settings(**values: Any) -> CatalogSettings:
    address = {"database_url": "postgresql://nowhere/nothing"}
    return CatalogSettings.model_validate({**address, **values})


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Resources.open(_settings(), clock), [router], summary="")
    async with serving(app, headers={}) as client:
        yield client


def _cookie(**claims: Any) -> dict[str, str]:
    return {"Cookie": f"{SESSION_COOKIE}={tokens.token(Scope.PROCESS, **claims)}"}


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("Ирина Котова", "Ирина Котова"),
        ("  Ирина\r\nКотова\x00 ", "Ирина Котова"),
        ("Ирина\u202eКотова", "Ирина Котова"),
        ("я" * 500, "я" * 100),
        ("\n", None),
        (None, None),
        (["Ирина"], None),
        (17, None),
    ],
)
async def test_a_name_is_shown_on_one_line_and_decides_nothing(
    client: httpx.AsyncClient, claim: object, name: str | None
) -> None:
    answer = await client.get("/public", headers=_cookie(name=claim))
    assert answer.json() == {"reader": name, "expired": None}
    assert (await client.get("/staff", headers=_cookie(name=claim))).status_code == 200


def _seconds_ago(clock: ManualClock, seconds: int) -> int:
    return int(clock.now().timestamp()) - seconds


async def test_a_session_that_has_ended_still_tells_whose_it_was(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    expired_cookie = _cookie(subject="kotova", exp=_seconds_ago(clock, 60))
    assert (await client.get("/public", headers=expired_cookie)).json() == {
        "reader": None,
        "expired": "kotova",
    }
    assert_problem(await client.get("/staff", headers=expired_cookie), 401, "auth.session_ended")
    form_answer = await client.post(
        "/staff", headers={**expired_cookie, "Sec-Fetch-Site": "same-origin"}
    )
    assert_problem(form_answer, 401, "auth.session_ended")


@pytest.mark.parametrize(
    "claims",
    [
        {"key": STRANGER},
        {"iss": "https://elsewhere.test"},
        {"aud": "another"},
        {"sub": None},
        {"exp": None},
        {"exp": "then"},
        {"exp": 1_000_000_000},
        {"centre": ["78.041"]},
    ],
)
async def test_a_token_that_never_was_ours_is_no_ended_session(
    client: httpx.AsyncClient, clock: ManualClock, claims: dict[str, Any]
) -> None:
    cookie = _cookie(**{"exp": _seconds_ago(clock, 60), **claims})
    assert (await client.get("/public", headers=cookie)).json() == {"reader": None, "expired": None}
    assert_problem(await client.get("/staff", headers=cookie), 401, "auth.missing")


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_keeps_nobody_from_a_public_page(
    client: httpx.AsyncClient, cookie: str
) -> None:
    headers = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    answer = await client.get("/public", headers=headers)
    assert answer.json() == {"reader": None, "expired": None}
    assert_problem(await client.get("/staff", headers=headers), 401, "auth.missing")


OWN, FOREIGN = "http://test", "https://evil.test"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": OWN}, 200),
        ({"Origin": "http://127.0.0.1:8000"}, 200),  # `site_url`, behind a gateway
        ({"Origin": "https://test"}, 200),  # a proxy took TLS off
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": FOREIGN}, 403),
        ({"Origin": f"{OWN}.evil.test"}, 403),
        ({"Origin": f"{OWN}:81"}, 403),
        ({"Origin": f"ftp://{OWN[7:]}"}, 403),
        ({"Origin": FOREIGN, "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": OWN, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_forms_of_other_sites_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/staff", headers={**_cookie(), **headers})
    assert answer.status_code == status
    if status == 403:
        assert_problem(answer, 403, "auth.other_site")


async def test_over_https_only_a_cookie_that_no_other_host_can_set_counts(
    clock: ManualClock,
) -> None:
    app = create_app(Resources.open(_settings(site_url=SITE), clock), [router], summary="")
    session_token = tokens.token(Scope.PROCESS)
    async with serving(app, headers={}) as client:
        for name, status in ((SESSION_COOKIE, 401), (f"__Host-{SESSION_COOKIE}", 200)):
            answer = await client.get("/staff", headers={"Cookie": f"{name}={session_token}"})
            assert answer.status_code == status


async def test_public_pages_go_on_while_the_provider_is_silent(clock: ManualClock) -> None:
    with silent_server() as (address, count_connections):
        resources: Resources[CatalogSettings] = Resources.open(
            _settings(auth_jwks_url=f"{address}/jwks.json"), clock
        )
        app = create_app(resources, [router], summary="")
        async with serving(app, headers={}) as client:
            started_at = time.monotonic()
            for _ in range(3):
                answer = await client.get("/soft", headers=_cookie())
                assert answer.json() is None
            assert time.monotonic() - started_at < 2 * READER_SECONDS
            assert count_connections() == 1


async def test_pages_of_staff_say_that_they_cannot_tell_who_asks(
    clock: ManualClock, tmp_path: Path
) -> None:
    settings = _settings(auth_jwks_url=(tmp_path / "nowhere.json").as_uri())
    app = create_app(Resources.open(settings, clock), [router], summary="")
    async with serving(app, headers={}) as client:
        assert_problem(await client.get("/staff", headers=_cookie()), 503, "service.unavailable")
        assert_problem(await client.get("/staff"), 401, "auth.missing")
