"""What happens to every request before a route sees it: trace, access log, limits."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from shared import logs, ndjson, tracing
from shared.web.problems import problem

log = logs.logger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


LARGE = ("multipart/form-data", ndjson.MEDIA_TYPE)
"""What is read as a stream, so that it may be large."""


class Tracing:
    """Runs each request under its trace, answers with the correlation id, writes the access log.

    The log names the route, not the path: a path can hold what should not stand in logs.
    """

    def __init__(self, app: ASGI) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        with tracing.trace(headers.get("x-correlation-id"), headers.get("traceparent")) as trace:
            status = 500
            started = time.perf_counter()

            async def answer(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    MutableHeaders(scope=message)["X-Correlation-ID"] = trace.correlation_id
                await send(message)

            try:
                await self._app(scope, receive, answer)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                if not route.startswith("/health"):
                    milliseconds = round((time.perf_counter() - started) * 1000, 1)
                    log.info(
                        "request",
                        method=scope["method"],
                        route=route,
                        status=status,
                        milliseconds=milliseconds,
                    )


class Limits:
    """Refuses bodies that are too large, before they are read, and U+0000 in paths and queries."""

    def __init__(self, app: ASGI, body_bytes: int, upload_bytes: int) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if b"%00" in scope.get("raw_path", b"") + scope.get("query_string", b""):
            refusal = problem(
                400,
                "request.nul",
                "The request is not valid",
                "The address contains the character U+0000. Remove %00.",
            )
            return await refusal(scope, receive, send)
        headers = Headers(scope=scope)
        upload = headers.get("content-type", "").startswith(LARGE)
        limit = self._upload_bytes if upload else self._body_bytes
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            refusal = problem(413, "request.too_large", "The request is too large", _words(limit))
            return await refusal(scope, receive, send)
        await self._app(scope, _counting(receive, limit), send)


def _counting(receive: Receive, limit: int) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413, _words(limit))
        return message

    return counted


def _words(limit: int) -> str:
    return f"A request of this kind may have at most {limit} bytes. Send less at once."
