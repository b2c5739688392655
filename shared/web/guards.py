"""Access control: OAuth 2 bearer tokens (JWT, RFC 9068), checked against the issuer's JWKS.

Any OIDC provider serves: `ATTESTA_AUTH_JWKS_URL` names its keys. A token's `scope` says what the
caller may do, its tenancy claims for whom: `centre`, `council`, `employer`. Every route states
its guard with `Allow` or `PUBLIC`; a service with a route that states none does not start.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPBearer

from shared.errors import Forbidden, Unauthenticated
from shared.principal import Principal, Scope
from shared.web.challenges import SCOPES
from shared.web.resources import get_resources
from shared.web.sessions import (
    check_own_site,
    identify_expired_session,
    identify_reader,
    identify_session,
)


class Allow(HTTPBearer):
    """A route's guard: the caller's token must have one of the scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__(bearerFormat="JWT", scheme_name="bearer", auto_error=False)
        self.scopes = scopes

    def __hash__(self) -> int:
        """Equal for guards of the same class and scopes."""
        return hash((type(self), self.scopes))

    def __eq__(self, guard: object) -> bool:
        """Whether the other guard has the same class and scopes."""
        return type(self) is type(guard) and self.scopes == getattr(guard, "scopes", None)

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """The caller. Raises `Unauthenticated` without a token, `Forbidden` without a scope."""
        principal = await self.identify_caller(request)
        if principal is None:
            raise Unauthenticated("auth.missing", "Send a bearer token in Authorization.")
        if not principal.scopes & set(self.scopes):
            raise Forbidden(
                "auth.scope",
                f"This asks for the scope {' or '.join(self.scopes)}, which the token lacks.",
                extra={SCOPES: [str(scope) for scope in self.scopes]},
            )
        return principal

    async def identify_caller(self, request: Request) -> Principal | None:
        """The caller by the Authorization header; None without one. Raises `Unauthenticated`."""
        return await identify_caller(request)


class AllowPage(Allow):
    """A guard of pages: a browser's session, and forms that this site itself sent.

    `request.state.reader` is who is signed in, also where the scope is lacking.
    """

    async def identify_caller(self, request: Request) -> Principal:
        """The caller by the session's cookie.

        Raises `Forbidden` for a form of another site, `Unauthenticated` without a valid session:
        by the rule `auth.session_ended` where one has ended, `auth.missing` otherwise.
        """
        request.state.reader = None
        check_own_site(request)
        try:
            reader = await identify_session(request)
        except Unauthenticated:
            reader = None
        if reader is None:
            raise await _explain_missing_session(request)
        request.state.reader = reader
        return reader


async def _explain_missing_session(request: Request) -> Unauthenticated:
    if await identify_expired_session(request) is None:
        return Unauthenticated("auth.missing", "Sign in to see this page.")
    return Unauthenticated("auth.session_ended", "Your session has ended. Sign in again.")


class AllowWrites(Allow):
    """A guard that lets everybody read and asks for a scope on writes."""

    async def __call__(self, request: Request) -> Principal | None:  # type: ignore[override]
        """The caller of a write; None for a read. Raises `Unauthenticated`, `Forbidden`."""
        return None if request.method in {"GET", "HEAD"} else await super().__call__(request)


class Public:
    """The guard of a route that everybody may call."""

    async def __call__(self) -> None:
        """Asks for no token."""


class PublicPage(Public):
    """The guard of a page that everybody may read: it tells who is signed in, if anybody is.

    `request.state.reader` is that person, or None. No fault of a session keeps anybody out.
    """

    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        """Identifies the reader."""
        request.state.reader = await identify_reader(request)


PUBLIC = Public()
PUBLIC_PAGE = PublicPage()


async def identify_caller(request: Request) -> Principal | None:
    """The caller, by the Authorization header; None without one.

    Raises `Unauthenticated` for an invalid token.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    resources = get_resources(request)
    return await resources.token_verifier.authenticate(token.strip(), resources.clock.now())


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """One route with its guards; a route that states nothing about access has none."""

    path: str
    methods: frozenset[str]
    guards: tuple[Allow | Public, ...]


def list_route_access(app: FastAPI) -> list[RouteAccess]:
    """Every route of the application's own, with its guards."""
    return [
        RouteAccess(
            route.path or "", frozenset(route.methods or ()), tuple(list_guards(route.dependant))
        )
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    ]


def deny_by_default(app: FastAPI) -> None:
    """Refuses to start a service with a route that states no guard. Raises `RuntimeError`."""
    unguarded_routes = [
        f"{route.path} {sorted(route.methods)}"
        for route in list_route_access(app)
        if not route.guards
    ]
    if unguarded_routes:
        raise RuntimeError(
            f"state with Allow or PUBLIC who may call: {'; '.join(unguarded_routes)}"
        )


def list_guards(dependant: Dependant) -> Iterator[Allow | Public]:
    """The guards of a route, those of its routers first."""
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Allow | Public):
            yield dependency.call
        yield from list_guards(dependency)
