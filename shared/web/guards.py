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
from shared.web.resources import get_resources

SESSION_COOKIE = "attesta_session"
"""The pages' session: the same token, for a browser, which sends no Authorization header."""


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
            )
        return principal

    async def identify_caller(self, request: Request) -> Principal | None:
        """The caller by the Authorization header; None without one. Raises `Unauthenticated`."""
        return await identify_caller(request)


class AllowPage(Allow):
    """A guard of pages: a browser's session cookie, and forms that this site itself sent.

    The cookie is `SameSite=Strict`; writes must also come from this site by `Sec-Fetch-Site`.
    """

    async def identify_caller(self, request: Request) -> Principal | None:
        """The caller by the session cookie; None without one.

        Raises `Forbidden` for a form of another site, `Unauthenticated` for an invalid token.
        """
        is_same_site = request.headers.get("Sec-Fetch-Site", "same-origin") in {
            "same-origin",
            "none",
        }
        if request.method not in {"GET", "HEAD"} and not is_same_site:
            raise Forbidden("auth.other_site", "Send the form from this site.")
        return await identify_caller(request, request.cookies.get(SESSION_COOKIE, ""))


class AllowWrites(Allow):
    """A guard that lets everybody read and asks for a scope on writes."""

    async def __call__(self, request: Request) -> Principal | None:  # type: ignore[override]
        """The caller of a write; None for a read. Raises `Unauthenticated`, `Forbidden`."""
        return None if request.method in {"GET", "HEAD"} else await super().__call__(request)


class Public:
    """The guard of a route that everybody may call."""

    async def __call__(self) -> None:
        """Asks for no token."""


PUBLIC = Public()


async def identify_caller(request: Request, token: str | None = None) -> Principal | None:
    """The caller, by this token or the Authorization header; None when there is no token.

    Raises `Unauthenticated` for an invalid token.
    """
    if token is None:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        token = credentials if scheme.lower() == "bearer" else ""
    if not token:
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
            route.path or "", frozenset(route.methods or ()), tuple(_iter_guards(route.dependant))
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


def _iter_guards(dependant: Dependant) -> Iterator[Allow | Public]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Allow | Public):
            yield dependency.call
        yield from _iter_guards(dependency)
