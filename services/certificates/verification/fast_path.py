"""The shortest way for the plainest question: `GET /v1/verification?number=...&issued_on=...`.

Routing and dependencies cost several times what the question itself costs. So a plain one, without
a token or with one that was checked before, is answered here, in front of the routes. Whatever is
less plain, or is to be refused, or fails, takes the documented route, which tells the rest in full;
both make the answer by `verification.told`.
"""

import re
from datetime import date, datetime
from typing import Any

import asyncpg
from starlette.datastructures import Headers
from starlette.responses import Response

from services.certificates.verification.answers import When
from services.certificates.verification.responses import told
from shared.errors import DomainError
from shared.principal import Principal
from shared.web.middleware import ASGI, Message, Receive, Send

PATH = "/v1/verification"
_PLAIN = re.compile(rb"number=([0-9A-Za-z./-]{5,60})&issued_on=(\d{4}-\d{2}-\d{2})")

_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError)


class _Route:
    """What the access log names."""

    path = PATH


class Unknown(Exception):
    """Only the documented route can say."""


class Express:
    """In front of the routes, behind the access log."""

    def __init__(self, app: ASGI) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET":
            answer = await self._answer(scope)
            if answer is not None:
                scope["route"] = _Route
                return await answer(scope, receive, send)
        await self._app(scope, receive, send)

    async def _answer(self, scope: Message) -> Response | None:
        asked = _PLAIN.fullmatch(scope["query_string"])
        if asked is None:
            return None
        state, headers = scope["app"].state, Headers(scope=scope)
        now, settings = state.clock.now(), state.settings
        try:
            caller = _caller(state, headers.get("authorization"), now)
            return await told(
                state.budgets.of(caller, scope["client"]),
                await state.database.reads.pool(),
                asked[1].decode(),
                date.fromisoformat(asked[2].decode()),
                When.asked(None, now, settings.time_zone),
                headers.get("if-none-match", ""),
                settings,
            )
        except (Unknown, DomainError, ValueError, OSError, *_DATABASE):
            return None  # the documented route says what is wrong


def _caller(state: Any, authorization: str | None, now: datetime) -> Principal | None:
    """Who calls: nobody known, or one whose token was checked before. Raises `Unknown`."""
    if authorization is None:
        return None
    known: Principal | None = state.verifier.known(authorization[7:].strip(), now)
    if known is None or authorization[:7].lower() != "bearer ":
        raise Unknown
    return known
