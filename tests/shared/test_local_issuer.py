"""The local issuer's code flow: what it gives, and what it refuses to whoever crafts requests."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local import authorization, issuer
from deploy.local.roles import ROLES
from shared.principal import Scope
from shared.web.provider import CodeRequest

ADDRESS, SITE = "http://issuer.test", "http://site.test"
CALLBACK = f"{SITE}/sign-in/callback"


@pytest.fixture
async def client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv(issuer.FOLDER_VARIABLE, str(tmp_path / "secrets"))
    monkeypatch.setenv("ATTESTA_AUTH_ISSUER", ADDRESS)
    monkeypatch.setenv("ATTESTA_SITE_URL", SITE)
    transport = httpx.ASGITransport(issuer.create())
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


CODE_REQUEST = CodeRequest()


def _parameters(**changes: str | None) -> dict[str, str]:
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": authorization.CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": f"openid {Scope.PROCESS} {Scope.DECIDE}",
        "state": CODE_REQUEST.state,
        "nonce": CODE_REQUEST.nonce,
        "code_challenge": CODE_REQUEST.code_challenge,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def _answer(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 303, response.text
    address = urlsplit(response.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK
    answer = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (answer.pop("state", None), answer.pop("iss")) == (CODE_REQUEST.state, ADDRESS)
    return answer


async def _get_code(client: httpx.AsyncClient, role: str = "centre") -> str:
    response = await client.post("/authorize", data={**_parameters(), "role": role})
    return _answer(response)["code"]


async def _redeem(
    client: httpx.AsyncClient, code: str, changes: Mapping[str, str] = MappingProxyType({})
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": authorization.CLIENT_ID,
        "redirect_uri": CALLBACK,
        "code": code,
        "code_verifier": CODE_REQUEST.code_verifier,
        **changes,
    }
    return await client.post("/token", data=form)


async def test_a_part_is_chosen_on_a_page_of_its_own(client: httpx.AsyncClient) -> None:
    page = await client.get("/authorize", params=_parameters(ui_locales="ru"))
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; "
        f"form-action 'self' {SITE}; base-uri 'none'; frame-ancestors 'none'"
    )
    assert "Учебный стенд" in page.text
    assert "Ирина Котова, центр 78.041" in page.text
    assert page.text.count('<button type="submit" name="role"') == len(ROLES)
    english = await client.get(
        "/authorize", params=_parameters(), headers={"Accept-Language": "en"}
    )
    assert "Trial site" in english.text
    assert (await client.get("/issuer.css")).headers["content-type"].startswith("text/css")


async def test_a_code_gives_tokens_for_the_part(client: httpx.AsyncClient) -> None:
    answer = await _redeem(client, await _get_code(client))
    assert answer.headers["Cache-Control"] == "no-store"
    keys = KeySet.import_key_set((await client.get("/jwks.json")).json())
    claims: dict[str, Any] = jwt.decode(answer.json()["access_token"], keys, ["ES256"]).claims
    assert (claims["scope"], claims["centre"]) == (Scope.PROCESS, "78.041")
    assert (claims["name"], claims["sub"]) == ("Ирина Котова", "centre")
    id_claims = jwt.decode(answer.json()["id_token"], keys, ["ES256"]).claims
    assert (id_claims["aud"], id_claims["sub"]) == (authorization.CLIENT_ID, "centre")
    assert (id_claims["nonce"], id_claims["iss"]) == (CODE_REQUEST.nonce, ADDRESS)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.test/sign-in/callback"},
        {"redirect_uri": f"{CALLBACK}/../../elsewhere"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": CALLBACK.replace("site.test", "site.test@evil.test")},
        {"redirect_uri": None},
        {"client_id": "centre"},
        {"client_id": None},
    ],
)
async def test_nothing_is_sent_to_an_address_that_is_not_the_clients(
    client: httpx.AsyncClient, changes: dict[str, str | None]
) -> None:
    parameters = _parameters(**changes)
    for response in (
        await client.get("/authorize", params=parameters),
        await client.post("/authorize", data={**parameters, "role": "demo"}),
    ):
        assert response.status_code == 400
        assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
    ],
)
async def test_a_request_without_protection_gets_no_code(
    client: httpx.AsyncClient, changes: dict[str, str | None], error: str
) -> None:
    parameters = _parameters(**changes)
    for response in (
        await client.get("/authorize", params=parameters),
        await client.post("/authorize", data={**parameters, "role": "demo"}),
    ):
        assert _answer(response) == {"error": error}


@pytest.mark.parametrize("role", ["", "nobody", "x" * 1000])
async def test_who_plays_no_part_is_refused(client: httpx.AsyncClient, role: str) -> None:
    response = await client.post("/authorize", data={**_parameters(), "role": role})
    assert _answer(response) == {"error": "access_denied"}


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": CodeRequest().code_verifier},
        {"code_verifier": ""},
        {"code_verifier": CODE_REQUEST.code_challenge},
        {"redirect_uri": SITE},
        {"client_id": "centre"},
        {"code": "made-up"},
        {"code": ""},
    ],
)
async def test_a_code_is_for_who_asked_for_it(
    client: httpx.AsyncClient, changes: dict[str, str]
) -> None:
    code = await _get_code(client)
    refusal = await _redeem(client, code, changes)
    assert (refusal.status_code, refusal.json()) == (400, {"error": "invalid_grant"})
    again = await _redeem(client, code)
    assert (again.status_code == 200) == ("code" in changes), "a code that was tried is gone"


async def test_a_code_is_good_once_and_for_a_minute(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await _get_code(client)
    assert (await _redeem(client, code)).status_code == 200
    assert (await _redeem(client, code)).status_code == 400
    monkeypatch.setattr(authorization, "CODE_SECONDS", 0)
    assert (await _redeem(client, await _get_code(client))).status_code == 400


async def test_the_end_of_a_session_leads_back_to_the_site_alone(
    client: httpx.AsyncClient,
) -> None:
    own = {"post_logout_redirect_uri": f"{SITE}/sign-in/ended"}
    assert (await client.get("/end-session", params=own)).headers["Location"] == own.popitem()[1]
    for address in ("https://evil.test/", f"{SITE}/elsewhere", ""):
        foreign = {"post_logout_redirect_uri": address}
        response = await client.get("/end-session", params=foreign)
        assert (response.status_code, "Location" in response.headers) == (200, False)


async def test_the_discovery_document_is_whole(client: httpx.AsyncClient) -> None:
    document = (await client.get("/.well-known/openid-configuration")).json()
    required_names = {
        *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"),
        *("response_types_supported", "subject_types_supported"),
        "id_token_signing_alg_values_supported",
    }
    assert required_names <= document.keys()
    for name, address in document.items():
        if name.endswith(("_endpoint", "_uri")):
            status = (await client.get(address)).status_code
            assert status not in {404, 500}, name


async def test_a_client_without_a_secret_gets_nothing(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "secrets" / "clients.json").write_text("{}")  # of a stack older than the role
    for name in ("second-clerk", "nobody", "", authorization.CLIENT_ID):
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": ""}
        assert (await client.post("/token", data=form)).status_code == 401
