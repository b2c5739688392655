"""Who may call: every route states what it asks for, or the service does not start."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPBearer

from shared.errors import Forbidden, Unauthenticated
from shared.principal import Principal, Scope

COOKIE = "attesta_session"
"""The pages' session: the same token, for a browser, which sends no Authorization header."""


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
