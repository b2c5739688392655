"""A provider whose answers cannot be trusted, or do not come: nobody is let in by them."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from joserfc.jwk import ECKey, KeySet

from services.catalog.settings import CatalogSettings
from shared.errors import TransientFailure
from shared.principal import Scope
from shared.web import fetched_values
from shared.web.provider import CodeRequest, IdentityProvider, ProviderRefusal
from shared.web.tokens import TokenVerifier
from tests import tokens
from tests.serving import listening, silent_server

CLIENT = "attesta-pages"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STRANGER = ECKey.generate_key("P-256", {"kid": "tests"})


@dataclass
class CrookedProvider:
    """What the provider answers: a document to override, and the answer about tokens."""

    address: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    answer: Response | dict[str, Any] = field(default_factory=dict)
    token_request: dict[str, str] = field(default_factory=dict)
    authorization: str | None = None

    def open(self, **settings: Any) -> IdentityProvider:
        """A client of it."""
        catalog_settings = CatalogSettings.model_validate(
            {
                "database_url": "postgresql://nowhere/nothing",
                "auth_issuer": self.address,
                "auth_jwks_url": f"{self.address}/jwks.json",
                **settings,
            }
        )
        return IdentityProvider(catalog_settings, TokenVerifier(catalog_settings))

    def token(self, **claims: Any) -> str:
        """A token of this provider."""
        return tokens.token(Scope.PROCESS, **{"iss": self.address, **claims})

    def id_token(self, code_request: CodeRequest, **claims: Any) -> str:
        """An id token of this provider, for this attempt."""
        return self.token(**{"aud": CLIENT, "nonce": code_request.nonce, **claims})


@pytest.fixture(scope="module")
def server() -> Iterator[CrookedProvider]:
    crooked = CrookedProvider()
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def read_document() -> dict[str, Any]:
        endpoints = {
            f"{name}_endpoint": f"{crooked.address}/{name}" for name in ("authorization", "token")
        }
        return {"issuer": crooked.address, **endpoints, **crooked.document}

    @app.get("/jwks.json")
    async def read_keys() -> Any:
        return KeySet([tokens.KEY]).as_dict(private=False)

    @app.post("/token")
    async def answer_code(request: Request) -> Response:
        crooked.token_request = {name: str(value) for name, value in (await request.form()).items()}
        crooked.authorization = request.headers.get("Authorization")
        answer = crooked.answer
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    with listening(app) as address:
        crooked.address = address
        yield crooked


@pytest.fixture
def crooked(server: CrookedProvider) -> CrookedProvider:
    server.document, server.answer = {}, {}
    return server


async def test_a_right_answer_gives_the_access_token(crooked: CrookedProvider) -> None:
    code_request, access_token = CodeRequest(), crooked.token()
    id_token = crooked.id_token(code_request)
    crooked.answer = {"access_token": access_token, "id_token": id_token}
    client = crooked.open()
    assert await client.redeem_code("code", code_request, NOW) == access_token
    assert crooked.token_request == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "http://127.0.0.1:8000/sign-in/callback",
        "client_id": CLIENT,
        "code_verifier": code_request.code_verifier,
    }
    assert crooked.authorization is None
    await crooked.open(auth_client_secret="").redeem_code("code", code_request, NOW)
    assert crooked.authorization is None
    await crooked.open(auth_client_secret="hush").redeem_code("code", code_request, NOW)
    assert crooked.authorization is not None
    assert "client_secret" not in crooked.token_request
    crooked.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await crooked.open(auth_client_secret="hush").redeem_code("code", code_request, NOW)
    assert (crooked.authorization, crooked.token_request["client_secret"]) == (None, "hush")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": tokens.AUDIENCE},
        {"azp": "another-client", "aud": [CLIENT, "another-client"]},
        {"iss": "https://evil.test"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
        {"key": STRANGER},
    ],
)
async def test_an_id_token_of_another_attempt_lets_nobody_in(
    crooked: CrookedProvider, claims: dict[str, Any]
) -> None:
    code_request = CodeRequest()
    id_token = crooked.id_token(code_request, **claims)
    crooked.answer = {"access_token": crooked.token(), "id_token": id_token}
    with pytest.raises(ProviderRefusal, match="invalid_token"):
        await crooked.open().redeem_code("code", code_request, NOW)


@pytest.mark.parametrize("id_token", [None, "", "x", 17, "eyJhbGciOiJub25lIn0.e30."])
async def test_an_id_token_that_was_asked_for_must_be_there(
    crooked: CrookedProvider, id_token: object
) -> None:
    crooked.answer = {"access_token": crooked.token(), "id_token": id_token}
    with pytest.raises(ProviderRefusal, match="invalid_token"):
        await crooked.open().redeem_code("code", CodeRequest(), NOW)


async def test_a_provider_of_plain_oauth_has_no_id_tokens(crooked: CrookedProvider) -> None:
    crooked.answer = {"access_token": crooked.token()}
    client = crooked.open(auth_scopes="applications:process")
    assert await client.redeem_code("code", CodeRequest(), NOW)


@pytest.mark.parametrize(
    "claims", [{"aud": CLIENT}, {"exp": 1_700_000_000}, {"key": STRANGER}, {"sub": None}]
)
async def test_an_access_token_that_we_would_not_take_opens_no_session(
    crooked: CrookedProvider, claims: dict[str, Any]
) -> None:
    code_request = CodeRequest()
    id_token = crooked.id_token(code_request)
    crooked.answer = {"access_token": crooked.token(**claims), "id_token": id_token}
    with pytest.raises(ProviderRefusal, match="invalid_token"):
        await crooked.open().redeem_code("code", code_request, NOW)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({}, "no_access_token"),
        ({"access_token": ["x"]}, "no_access_token"),
        (JSONResponse({"error": "invalid_grant"}, 400), "invalid_grant"),
        (JSONResponse({"error": "invalid_client"}, 401), "invalid_client"),
        (JSONResponse({}, 302, {"Location": "/elsewhere"}), "302"),
    ],
)
async def test_a_refusal_is_one(
    crooked: CrookedProvider, answer: Response | dict[str, Any], code: str
) -> None:
    crooked.answer = answer
    with pytest.raises(ProviderRefusal, match=code):
        await crooked.open().redeem_code("code", CodeRequest(), NOW)


@pytest.mark.parametrize(
    "answer", [Response("<html>", 502), JSONResponse({}, 500), Response("x"), JSONResponse([])]
)
async def test_what_is_no_answer_may_be_tried_again(
    crooked: CrookedProvider, answer: Response
) -> None:
    crooked.answer = answer
    with pytest.raises(TransientFailure):
        await crooked.open().redeem_code("code", CodeRequest(), NOW)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "ftp://evil.test/"},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
async def test_a_document_that_cannot_be_trusted_leads_nowhere(
    crooked: CrookedProvider, document: dict[str, Any]
) -> None:
    crooked.document = document
    with pytest.raises(TransientFailure):
        await crooked.open().build_authorization_url(CodeRequest(), "ru")


async def test_an_endpoint_may_have_a_query_of_its_own(crooked: CrookedProvider) -> None:
    address = f"{crooked.address}/authorization?realm=a%26b"
    crooked.document = {"authorization_endpoint": address}
    url = await crooked.open().build_authorization_url(CodeRequest(), "ru")
    assert url.startswith(f"{address}&response_type=code&")
    assert await crooked.open().build_end_session_url() is None


async def test_who_waits_for_a_silent_provider_waits_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetched_values, "ANSWER_SECONDS", 0.6)
    with silent_server() as (address, count_connections):
        client = CrookedProvider(address).open()
        started_at = time.monotonic()
        failures = await asyncio.gather(
            *(client.get_configuration() for _ in range(4)), return_exceptions=True
        )
        assert {type(failure) for failure in failures} == {TransientFailure}
        assert time.monotonic() - started_at < 2 * fetched_values.ANSWER_SECONDS
        assert count_connections() == 1
