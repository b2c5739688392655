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

log = logs.get_logger(__name__)

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
"""Asymmetric ones only: a service can check tokens, and cannot make them."""

MAX_CACHED_TOKENS = 10_000
"""Tokens that one process remembers."""


class IssuerKeys:
    """The issuer's public keys, fetched when first needed and again for an unknown key id.

    They are fetched again after `max_age_seconds` in any case, so that a withdrawn key stops to
    count; while the issuer is unreachable the last fetched ones hold.
    """

    def __init__(self, url: str, refresh_seconds: float, max_age_seconds: float) -> None:
        self._url = url
        self._refresh_seconds = refresh_seconds
        self._max_age_seconds = max_age_seconds
        self._key_set: KeySet | None = None
        self._key_document: Any = None
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()

    async def get_keys(self, *, refresh: bool = False) -> KeySet:
        """The key set; `refresh` fetches it again, at most once per `refresh_seconds`.

        Raises `TransientFailure` when the issuer does not answer.
        """
        async with self._lock:
            now = asyncio.get_running_loop().time()
            age = now - self._fetched_at
            if self._key_set is None:
                self._store_keys(await self._fetch_document(), now)
            elif age >= self._max_age_seconds or (refresh and age >= self._refresh_seconds):
                try:
                    self._store_keys(await self._fetch_document(), now)
                except TransientFailure:
                    if refresh:
                        raise
                    self._fetched_at = now - max(self._max_age_seconds - self._refresh_seconds, 0)
                    log.warning("auth.keys_kept")
            assert self._key_set is not None, "taken just now, or before"
            return self._key_set

    def _store_keys(self, key_document: Any, now: float) -> None:
        if key_document != self._key_document:
            self._key_document, self._key_set = key_document, KeySet.import_key_set(key_document)
        self._fetched_at = now

    async def _fetch_document(self) -> Any:
        address = urlsplit(self._url)
        try:
            if address.scheme == "file":
                path = Path(url2pathname(address.path))
                return httpx.Response(200, content=await asyncio.to_thread(path.read_bytes)).json()
            async with httpx.AsyncClient(timeout=5) as client:
                return (await client.get(self._url)).raise_for_status().json()
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise TransientFailure(f"the keys of the issuer: {type(error).__name__}") from error


class TokenVerifier:
    """Checks tokens against the settings' issuer, audience and keys."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cached_principals: dict[str, tuple[Principal, int]] = {}
        self._cached_key_set: KeySet | None = None
        self._issuer_keys = IssuerKeys(
            settings.auth_jwks_url, settings.auth_refresh_seconds, settings.auth_keys_seconds
        )

    async def authenticate(self, token: str, now: datetime) -> Principal:
        """The caller of a valid token. Raises `Unauthenticated`, `TransientFailure`.

        A checked token is cached until it expires or the issuer's keys change: a signature does not
        change, and checking it costs more than the rest of a small request.
        """
        keys = await self._issuer_keys.get_keys()
        if keys is not self._cached_key_set or len(self._cached_principals) >= MAX_CACHED_TOKENS:
            self._cached_key_set, self._cached_principals = keys, {}
        cached = self.cached_principal(token, now)
        if cached is not None:
            return cached
        principal, expires_at = await self._verify_token(token, now)
        if await self._issuer_keys.get_keys() is self._cached_key_set:
            self._cached_principals[token] = (principal, expires_at)
        return principal

    def cached_principal(self, token: str, now: datetime) -> Principal | None:
        """The caller of a token in the cache; None when it is not cached or has expired."""
        principal, expires_at = self._cached_principals.get(token, (None, 0))
        is_current = now.timestamp() < expires_at + self._settings.auth_leeway_seconds
        return principal if is_current else None

    async def _verify_token(self, token: str, now: datetime) -> tuple[Principal, int]:
        claims = await self._decode_claims(token)
        claims_registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=self._settings.auth_leeway_seconds,
            iss={"essential": True, "value": self._settings.auth_issuer},
            aud={"essential": True, "value": self._settings.auth_audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims_registry.validate(claims)
        except JoseError as error:
            raise _invalid_token_error() from error
        tenancy = {name: claims.get(name) for name in ("centre", "council", "employer")}
        if not all(value is None or isinstance(value, str) for value in tenancy.values()):
            raise _invalid_token_error()
        scopes = frozenset(str(claims.get("scope", "")).split())
        return Principal(str(claims["sub"]), scopes, **tenancy), int(claims["exp"])

    async def _decode_claims(self, token: str) -> dict[str, Any]:
        for refresh in (False, True):
            key_set = await self._issuer_keys.get_keys(refresh=refresh)
            try:
                return jwt.decode(token, key_set, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):  # also what is no token at all
                continue
        raise _invalid_token_error()


def _invalid_token_error() -> Unauthenticated:
    return Unauthenticated(
        "auth.token", "The bearer token is not valid here or has expired. Get a new one."
    )
