"""The fast path of the plainest question: `GET /v1/verification?number=...&issued_on=...`.

Routing and dependencies cost several times what the question itself costs. So a plain one,
without a token or with one that was checked before, is answered here, in front of the routes.
Whatever is less plain, or is to be refused, or fails, takes the documented route, which answers
it in full; both make the response by `verification.verdict_response`.
"""

import re
from datetime import date, datetime

import asyncpg
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.certificates.certificate.number import NUMBER_EXPRESSION
from services.certificates.verification.answers import Verifier
from services.certificates.verification.resources import (
    CertificatesResources,
    get_verification_resources,
)
from services.certificates.verification.responses import verdict_response
from shared.errors import DomainError
from shared.principal import Principal
from shared.web.asgi import ASGI, Message, Receive, Send
from shared.web.client_language import choose_translator

VERIFICATION_PATH = "/v1/verification"
PLAIN_QUERY = re.compile(
    rf"number=({NUMBER_EXPRESSION})&issued_on=(\d{{4}}-\d{{2}}-\d{{2}})".encode()
)

_DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)


class _LoggedRoute:
    """Stands for the documented route in the access log."""

    path = VERIFICATION_PATH


class FastPathDeclined(Exception):
    """The request is left to the documented route."""


class FastPath:
    """ASGI middleware that answers plain verifications, behind the access log."""

    def __init__(self, app: ASGI) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers a plain verification; passes every other request on to the application."""
        if (
            scope["type"] == "http"
            and scope["path"] == VERIFICATION_PATH
            and scope["method"] == "GET"
        ):
            response = await self._answer_plain_query(scope)
            if response is not None:
                scope["route"] = _LoggedRoute
                return await response(scope, receive, send)
        await self._app(scope, receive, send)

    async def _answer_plain_query(self, scope: Message) -> Response | None:
        """The response to a plain query, or None when the documented route must answer."""
        match = PLAIN_QUERY.fullmatch(scope["query_string"])
        if match is None:
            return None
        connection = HTTPConnection(scope)
        resources = get_verification_resources(connection)
        headers = Headers(scope=scope)
        now, settings = resources.clock.now(), resources.settings
        try:
            caller = _checked_caller(resources, headers.get("authorization"), now)
            pool = await resources.database.read_pool.get_pool()
            return await verdict_response(
                Verifier.about(pool, None, now, settings, choose_translator(connection)),
                resources.rate_limits.for_caller(caller, scope["client"]),
                match[1].decode(),
                date.fromisoformat(match[2].decode()),
                headers.get("if-none-match", ""),
            )
        except (FastPathDeclined, DomainError, ValueError, OSError, *_DATABASE_ERRORS):
            return None  # the documented route says what is wrong


def _checked_caller(
    resources: CertificatesResources, authorization: str | None, now: datetime
) -> Principal | None:
    """The caller: none without a token, or one whose token was checked before.

    Raises `FastPathDeclined` for any other token.
    """
    if authorization is None:
        return None
    principal = resources.token_verifier.cached_principal(authorization[7:].strip(), now)
    if principal is None or authorization[:7].lower() != "bearer ":
        raise FastPathDeclined
    return principal
