"""Bearer tokens (JWT, RFC 9068), checked by the keys of any OIDC provider."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared import logs
from shared.errors import TransientFailure, Unauthenticated
from shared.principal import Principal
from shared.settings import Settings

log = logs.logger(__name__)

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
"""Asymmetric ones only: a service can check tokens, and cannot make them."""

KNOWN_TOKENS = 10_000
"""Tokens that one process remembers."""


class Keys:
    """The provider's public keys, fetched when first needed and again when a token names others.

    They are asked for again after a while in any case, so that a withdrawn one stops to count;
    while the provider is away the last known ones hold.
    """

    def __init__(self, url: str, refresh_seconds: float, keep_seconds: float) -> None:
        self._url = url
        self._pause = refresh_seconds
        self._keep = keep_seconds
        self._keys: KeySet | None = None
        self._told: Any = None
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()

    async def current(self, *, anew: bool = False) -> KeySet:
        """The keys; `anew` asks again, at most once a pause. Raises `TransientFailure`."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            age = now - self._fetched_at
            if self._keys is None:
                self._take(await self._fetch(), now)
            elif age >= self._keep or (anew and age >= self._pause):
                try:
                    self._take(await self._fetch(), now)
                except TransientFailure:
                    if anew:
                        raise
                    self._fetched_at = now - max(self._keep - self._pause, 0)
                    log.warning("auth.keys_kept")
            assert self._keys is not None, "taken just now, or before"
            return self._keys

    def _take(self, told: Any, now: float) -> None:
        if told != self._told:
            self._told, self._keys = told, KeySet.import_key_set(told)
        self._fetched_at = now

    async def _fetch(self) -> Any:
        parts = urlsplit(self._url)
        try:
            if parts.scheme == "file":
                path = Path(url2pathname(parts.path))
                return httpx.Response(200, content=await asyncio.to_thread(path.read_bytes)).json()
            async with httpx.AsyncClient(timeout=5) as client:
                return (await client.get(self._url)).raise_for_status().json()
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise TransientFailure(f"the keys of the issuer: {type(error).__name__}") from error


class Verifier:
    """Checks tokens against the settings' issuer, audience and keys."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, tuple[Principal, int]] = {}
        self._by: KeySet | None = None
        self._keys = Keys(
            settings.auth_jwks_url, settings.auth_refresh_seconds, settings.auth_keys_seconds
        )

    async def principal(self, token: str, now: datetime) -> Principal:
        """The caller of a valid token. Raises `Unauthenticated`, `TransientFailure`.

        A token that was checked is known until it expires or the provider's keys are other ones:
        a signature does not change, and checking it costs more than the rest of a small request.
        """
        keys = await self._keys.current()
        if keys is not self._by or len(self._known) >= KNOWN_TOKENS:
            self._by, self._known = keys, {}
        known = self.known(token, now)
        if known is not None:
            return known
        principal, expires = await self._check(token, now)
        if await self._keys.current() is self._by:
            self._known[token] = (principal, expires)
        return principal

    def known(self, token: str, now: datetime) -> Principal | None:
        """The caller of a token that was checked before and has not expired."""
        principal, expires = self._known.get(token, (None, 0))
        fresh = now.timestamp() < expires + self._settings.auth_leeway_seconds
        return principal if fresh else None

    async def _check(self, token: str, now: datetime) -> tuple[Principal, int]:
        claims = await self._claims(token)
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=self._settings.auth_leeway_seconds,
            iss={"essential": True, "value": self._settings.auth_issuer},
            aud={"essential": True, "value": self._settings.auth_audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise _refused() from error
        tenancy = {name: claims.get(name) for name in ("centre", "council", "employer")}
        if not all(value is None or isinstance(value, str) for value in tenancy.values()):
            raise _refused()
        scopes = frozenset(str(claims.get("scope", "")).split())
        return Principal(str(claims["sub"]), scopes, **tenancy), int(claims["exp"])

    async def _claims(self, token: str) -> dict[str, Any]:
        for anew in (False, True):
            keys = await self._keys.current(anew=anew)
            try:
                return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):  # also what is no token at all
                continue
        raise _refused()


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "auth.token", "The bearer token is not valid here or has expired. Get a new one."
    )
