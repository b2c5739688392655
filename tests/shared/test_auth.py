"""Tokens: the provider's keys rotate, and may not answer; the local issuer gives tokens out."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from joserfc.jwk import ECKey, KeySet

from deploy.local import issuer, roles
from services.catalog.settings import CatalogSettings
from shared.clock import SystemClock
from shared.errors import TransientFailure, Unauthenticated
from shared.principal import Scope
from shared.web.fetched_values import FIRST_PAUSE_SECONDS
from shared.web.tokens import TokenVerifier
from tests import tokens
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.serving import listening

FORGER = ECKey.generate_key("P-256", {"kid": str(tokens.KEY.kid)})
"""A key that says that it is the provider's."""
FAR_BELOW_THE_PROVIDERS_LIMIT = 3


def settings(keys: Path, issued_by: str = tokens.ISSUER) -> CatalogSettings:
    return CatalogSettings.model_validate(
        {
            "database_url": "postgresql://nowhere/nothing",
            "auth_jwks_url": keys.as_uri(),
            "auth_issuer": issued_by,
            "auth_refresh_seconds": 0,
        }
    )


def publish(file: Path, *keys: ECKey) -> None:
    file.write_text(json.dumps(KeySet(list(keys)).as_dict(private=False)))


async def test_keys_rotate_while_the_service_runs(clock: ManualClock, tmp_path: Path) -> None:
    old, new = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("old", "new"))
    file = tmp_path / "jwks.json"
    publish(file, old)
    verifier = TokenVerifier(settings(file))
    claims = {"subject": "somebody", "centre": "78.041"}
    first = tokens.token(Scope.PROCESS, key=old, **claims)
    principal = await verifier.authenticate(first, clock.now())
    assert (principal.subject, principal.centre) == ("somebody", "78.041")
    assert principal.has_scope(Scope.PROCESS)
    assert not principal.has_scope(Scope.DECIDE)
    second = tokens.token(Scope.PROCESS, key=new, **claims)
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(second, clock.now())
    publish(file, old, new)
    for token in (first, second):
        assert (await verifier.authenticate(token, clock.now())).subject == "somebody"
    publish(file, new)
    stranger = tokens.token(Scope.PROCESS, key=ECKey.generate_key("P-256", {"kid": "x"}))
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(stranger, clock.now())
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(first, clock.now())


async def test_a_withdrawn_key_stops_to_count_and_an_absent_provider_changes_nothing(
    clock: ManualClock, tmp_path: Path
) -> None:
    old, new = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("old", "new"))
    file = tmp_path / "jwks.json"
    publish(file, old, new)
    short = settings(file).model_copy(update={"auth_keys_seconds": 0.01})
    verifier = TokenVerifier(short)
    leaked = tokens.token(Scope.PROCESS, key=old)
    for _ in range(2):  # checked, then remembered
        assert (await verifier.authenticate(leaked, clock.now())).has_scope(Scope.PROCESS)
    file.rename(tmp_path / "away")
    assert (await verifier.authenticate(leaked, clock.now())).has_scope(Scope.PROCESS)
    publish(file, new)

    async def is_forgotten() -> bool:  # nobody asks: what the fast path remembers ends by itself
        return verifier.cached_principal(leaked, clock.now()) is None

    await eventually(is_forgotten, "the withdrawn key ends what is remembered")
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(leaked, clock.now())


async def test_a_token_ends(clock: ManualClock, tmp_path: Path) -> None:
    publish(tmp_path / "jwks.json", tokens.KEY)
    verifier = TokenVerifier(settings(tmp_path / "jwks.json"))
    ends = int(clock.now().timestamp()) + 60
    token = tokens.token(Scope.PROCESS, exp=ends)
    assert (await verifier.authenticate(token, clock.now())).subject == "tester"
    clock.advance(seconds=89)
    assert (await verifier.authenticate(token, clock.now())).subject == "tester"
    clock.advance(seconds=2)
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(token, clock.now())


async def test_strangers_tokens_keep_nobody_waiting_while_the_provider_is_slow(
    clock: ManualClock,
) -> None:
    app, delays = FastAPI(), [0.0]

    @app.get("/jwks.json")
    async def read_keys() -> object:
        await asyncio.sleep(delays[-1])
        return KeySet([tokens.KEY]).as_dict(private=False)

    with listening(app) as address:
        values = {"auth_jwks_url": f"{address}/jwks.json", "auth_refresh_seconds": 0}
        verifier = TokenVerifier(settings(Path("/nowhere")).model_copy(update=values))
        known_token = tokens.token(Scope.PROCESS)
        await verifier.authenticate(known_token, clock.now())
        delays.append(2.0)
        stranger_key = ECKey.generate_key("P-256", {"kid": "x"})
        strangers = [
            asyncio.create_task(verifier.authenticate(token, clock.now()))
            for token in (
                tokens.token(Scope.PROCESS, key=stranger_key),
                tokens.token(Scope.PROCESS, key=FORGER),
            )
        ]
        await asyncio.sleep(0.2)
        async with asyncio.timeout(1):
            for token in (known_token, tokens.token(Scope.DECIDE)):  # one cached, one not
                assert (await verifier.authenticate(token, clock.now())).subject == "tester"
        assert not any(stranger.done() for stranger in strangers)
        for stranger in strangers:
            stranger.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)


async def test_a_refresh_that_is_due_keeps_no_known_token_waiting_for_a_hung_provider(
    clock: ManualClock,
) -> None:
    app, is_hung = FastAPI(), asyncio.Event()
    repetition = threading.Event()

    @app.get("/jwks.json")
    async def read_keys() -> object:
        if is_hung.is_set():
            repetition.set()
            await asyncio.Event().wait()
        return KeySet([tokens.KEY]).as_dict(private=False)

    with listening(app) as address:
        values = {"auth_jwks_url": f"{address}/jwks.json", "auth_keys_seconds": 0.01}
        verifier = TokenVerifier(settings(Path("/nowhere")).model_copy(update=values))
        known_token = tokens.token(Scope.PROCESS)
        await verifier.authenticate(known_token, clock.now())
        is_hung.set()

        async def is_asked() -> bool:
            return repetition.is_set()

        await eventually(is_asked, "the keys are asked for again")
        async with asyncio.timeout(FAR_BELOW_THE_PROVIDERS_LIMIT):
            for token in (known_token, tokens.token(Scope.DECIDE)):  # one cached, one not
                assert (await verifier.authenticate(token, clock.now())).subject == "tester"
            with pytest.raises(Unauthenticated):  # no key makes a token of it: nobody is asked
                await verifier.authenticate("garbage", clock.now())


async def test_a_failure_is_remembered_and_the_provider_left_alone_longer_each_time(
    clock: ManualClock,
) -> None:
    app, times = FastAPI(), list[float]()

    @app.get("/jwks.json")
    async def fail() -> Response:
        times.append(time.monotonic())
        return Response(status_code=500)

    with listening(app) as address:
        values = {"auth_jwks_url": f"{address}/jwks.json", "auth_refresh_seconds": 60}
        verifier = TokenVerifier(settings(Path("/nowhere")).model_copy(update=values))

        async def is_asked_thrice() -> bool:
            for _ in range(10):
                with pytest.raises(TransientFailure):
                    await verifier.authenticate(tokens.token(), clock.now())
            return len(times) > 2

        await eventually(is_asked_thrice, "three tries")
    first, second, third = times[:3]
    assert second - first >= FIRST_PAUSE_SECONDS
    assert third - second >= 2 * FIRST_PAUSE_SECONDS


async def test_keys_that_cannot_be_read_are_passed_over(clock: ManualClock, tmp_path: Path) -> None:
    own_keys = KeySet([tokens.KEY]).as_dict(private=False)["keys"]
    foreign_keys = [
        5,
        {"kty": "AKP"},
        {"kty": "EC", "kid": 1},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    ]
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [*foreign_keys, *own_keys]}))
    verifier = TokenVerifier(settings(file))
    assert (await verifier.authenticate(tokens.token(), clock.now())).subject == "tester"
    file.write_text(json.dumps({"keys": []}))  # all are withdrawn
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(tokens.token(key=FORGER), clock.now())
    with pytest.raises(Unauthenticated):
        await verifier.authenticate(tokens.token(), clock.now())


async def test_an_answer_without_end_is_broken_off(clock: ManualClock) -> None:
    app = FastAPI()

    @app.get("/jwks.json")
    async def drip() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b" " * 100_000
                await asyncio.sleep(0.01)

        return StreamingResponse(parts())

    with listening(app) as address:
        values = {"auth_jwks_url": f"{address}/jwks.json"}
        verifier = TokenVerifier(settings(Path("/nowhere")).model_copy(update=values))
        with pytest.raises(TransientFailure):
            await verifier.authenticate(tokens.token(), clock.now())


@pytest.mark.parametrize(
    "content", [None, "no JSON", "[]", "{}", "null", '{"keys": 5}', "[" * 100_000]
)
async def test_keys_that_cannot_be_had_are_a_failure_that_passes(
    clock: ManualClock, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "jwks.json").write_text(content)
    verifier = TokenVerifier(settings(tmp_path / "jwks.json"))
    with pytest.raises(TransientFailure):
        await verifier.authenticate(tokens.token(), clock.now())


async def test_the_local_issuer_gives_tokens_for_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "http://issuer.test"
    monkeypatch.setenv(issuer.FOLDER_VARIABLE, str(tmp_path / "secrets"))
    monkeypatch.setenv("ATTESTA_AUTH_ISSUER", address)
    secrets = issuer.StackSecrets(tmp_path / "secrets")
    transport = httpx.ASGITransport(issuer.create())
    async with httpx.AsyncClient(transport=transport, base_url=address) as client:
        configuration = (await client.get("/.well-known/openid-configuration")).json()
        keys = await client.get(configuration["jwks_uri"])
        assert "d" not in keys.json()["keys"][0], "the private part stays here"
        form = {"grant_type": "client_credentials", "client_id": "centre"}
        token_answer = await client.post(
            configuration["token_endpoint"],
            data={**form, "client_secret": secrets.client_secrets["centre"]},
        )
        for bad in ({"client_secret": "x"}, {"client_secret": "y", "client_id": "nobody"}):
            refusal = await client.post(configuration["token_endpoint"], data={**form, **bad})
            assert (refusal.status_code, refusal.json()["error"]) == (401, "invalid_client")
        password_answer = await client.post(
            configuration["token_endpoint"],
            data={**form, "grant_type": "password", "client_secret": "x"},
        )
        assert password_answer.status_code == 400
    file = tmp_path / "jwks.json"
    file.write_bytes(keys.content)
    verifier = TokenVerifier(settings(file, address))
    principal = await verifier.authenticate(
        token_answer.json()["access_token"], SystemClock().now()
    )
    assert (principal.subject, principal.centre) == ("centre", roles.CENTRE)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "secrets").iterdir()} == {0}
