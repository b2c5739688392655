"""Who calls, and what they may: OAuth 2 bearer tokens (JWT, RFC 9068), checked by a JWKS.

Any OIDC provider serves: `ATTESTA_AUTH_JWKS_URL` names its keys. A token's `scope` says what the
caller may do, its tenancy claims for whom: `centre`, `council`, `employer`. Every route states what
it asks for with `Allow` or `PUBLIC`; a service with a route that states nothing does not start.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared import logs
from shared.errors import Forbidden, TransientFailure, Unauthenticated
from shared.settings import Settings

log = logs.logger(__name__)

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
"""Asymmetric ones only: a service can check tokens, and cannot make them."""

KNOWN_TOKENS = 10_000
"""Tokens that one process remembers."""

COOKIE = "attesta_session"
"""The pages' session: the same token, for a browser, which sends no Authorization header."""


class Scope(StrEnum):
    """What a caller may do."""

    PUBLISH = "catalog:publish"  # a council's office: drafts, approvals, imports
    APPLY = "applications:apply"  # an applicant: their own applications
    PROCESS = "applications:process"  # an assessment centre: applications to it
    DECIDE = "applications:decide"  # a council: decisions on its qualifications, appeals
    REFER = "applications:refer"  # an employer: whom it referred, as the contract allows
    VERIFY = "certificates:verify"  # an HR portal
    AMEND = "certificates:amend"  # the agency: extensions, annulments
    FEED = "registry:feed"  # the national registry
    OPERATE = "operations"  # operations teams


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: who, what they may, for whom."""

    subject: str
    scopes: frozenset[str]
    centre: str | None = None
    council: str | None = None
    employer: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the token has the scope."""
        return scope in self.scopes


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


class Allow(HTTPBearer):
    """A route's guard: the caller's token must have one of the scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__(bearerFormat="JWT", scheme_name="bearer", auto_error=False)
        self.scopes = scopes

    def __hash__(self) -> int:
        """Guards of the same scopes are one."""
        return hash((type(self), self.scopes))

    def __eq__(self, other: object) -> bool:
        """Guards of the same scopes are one."""
        return type(self) is type(other) and self.scopes == getattr(other, "scopes", None)

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """The caller. Raises `Unauthenticated`, `Forbidden`."""
        principal = await self.identify(request)
        if principal is None:
            raise Unauthenticated("auth.missing", "Send a bearer token in Authorization.")
        if not principal.scopes & set(self.scopes):
            raise Forbidden(
                "auth.scope",
                f"This asks for the scope {' or '.join(self.scopes)}, which the token lacks.",
            )
        return principal

    async def identify(self, request: Request) -> Principal | None:
        """Who calls, by the Authorization header."""
        return await identify(request)


class AllowPage(Allow):
    """A guard of pages: a browser's session, and forms that this site itself sent.

    The session's cookie is `SameSite=Strict`; that the form is ours is asked for besides.
    """

    async def identify(self, request: Request) -> Principal | None:
        """Who looks, by the session's cookie. Raises `Forbidden`, `Unauthenticated`."""
        from_here = request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
        if request.method not in {"GET", "HEAD"} and not from_here:
            raise Forbidden("auth.other_site", "Send the form from this site.")
        return await identify(request, request.cookies.get(COOKIE, ""))


class AllowWrites(Allow):
    """A guard that lets everybody read."""

    async def __call__(self, request: Request) -> Principal | None:  # type: ignore[override]
        """The caller of a write. Raises `Unauthenticated`, `Forbidden`."""
        return None if request.method in {"GET", "HEAD"} else await super().__call__(request)


class Public:
    """A route's statement that everybody may."""

    async def __call__(self) -> None:
        """Nothing is asked for."""


PUBLIC = Public()


async def identify(request: Request, token: str | None = None) -> Principal | None:
    """The caller, by this token or the Authorization header; None without either.

    Raises `Unauthenticated`.
    """
    if token is None:
        scheme, _, found = request.headers.get("Authorization", "").partition(" ")
        token = found if scheme.lower() == "bearer" else ""
    if not token:
        return None
    state = request.app.state
    principal: Principal = await state.verifier.principal(token.strip(), state.clock.now())
    return principal


@dataclass(frozen=True, slots=True)
class Stated:
    """What a route states about access; nothing, when there are no guards."""

    path: str
    methods: frozenset[str]
    guards: tuple[Allow | Public, ...]


def stated(app: FastAPI) -> list[Stated]:
    """Every route of the application's own, with its guards."""
    return [
        Stated(route.path or "", frozenset(route.methods or ()), tuple(_guards(route.dependant)))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    ]


def deny_by_default(app: FastAPI) -> None:
    """Refuses to start a service with a route that says nothing about access."""
    silent = [f"{route.path} {sorted(route.methods)}" for route in stated(app) if not route.guards]
    if silent:
        raise RuntimeError(f"state with Allow or PUBLIC who may call: {'; '.join(silent)}")


def _guards(dependant: Dependant) -> Iterator[Allow | Public]:
    for each in dependant.dependencies:
        if isinstance(each.call, Allow | Public):
            yield each.call
        yield from _guards(each)
