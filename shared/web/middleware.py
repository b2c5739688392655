"""ASGI middleware before the routes: trace and access log, limits of requests."""

import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from http import HTTPStatus
from typing import Any

from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from shared import logs, ndjson, tracing
from shared.web.problems import problem_response

log = logs.get_logger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


TRACE_HEADERS = ("traceparent", "tracestate")
"""The caller's trace (W3C Trace Context)."""
STREAMED_MEDIA_TYPES = ("multipart/form-data", ndjson.MEDIA_TYPE)
"""What is read as a stream, so that it may be large."""


class Tracing:
    """Runs each request under its trace, answers with the correlation id, writes the access log.

    Log and span name the route, not the path: a path can hold what should not stand there. No span
    is recorded for the paths of `unrecorded_paths`: recording costs more than their answers.
    """

    def __init__(self, app: ASGI, unrecorded_paths: Collection[str] = ()) -> None:
        self._app = app
        self._unrecorded_paths = unrecorded_paths

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handles one HTTP request; other ASGI scopes pass through."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        carrier: dict[str, str] = {}
        if "traceparent" in headers:
            carrier = {name: headers[name] for name in TRACE_HEADERS if name in headers}
        span_name = None if scope["path"] in self._unrecorded_paths else scope["method"]
        with tracing.continue_trace(
            headers.get("x-correlation-id"), carrier, span_name, SpanKind.SERVER
        ) as trace:
            status = 500
            started_at = time.perf_counter()

            async def send_with_correlation_id(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    MutableHeaders(scope=message)["X-Correlation-ID"] = trace.correlation_id
                await send(message)

            try:
                await self._app(scope, receive, send_with_correlation_id)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                _describe_request(trace.span, scope["method"], route, status)
                if not route.startswith("/health"):
                    milliseconds = round((time.perf_counter() - started_at) * 1000, 1)
                    log.info(
                        "request",
                        method=scope["method"],
                        route=route,
                        status=status,
                        milliseconds=milliseconds,
                    )


def _describe_request(span: Span, method: str, route: str, status: int) -> None:
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attribute("http.request.method", method)
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            tracing.mark_failed()


class RequestLimits:
    """Refuses bodies above the limit in bytes, and U+0000 in paths and queries."""

    def __init__(self, app: ASGI, body_bytes: int, upload_bytes: int) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handles one HTTP request; answers 400 or 413, or passes it on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if b"%00" in scope.get("raw_path", b"") + scope.get("query_string", b""):
            refusal = problem_response(
                400,
                "request.nul",
                "The request is not valid",
                "The address contains the character U+0000. Remove %00.",
            )
            return await refusal(scope, receive, send)
        headers = Headers(scope=scope)
        is_upload = headers.get("content-type", "").startswith(STREAMED_MEDIA_TYPES)
        limit = self._upload_bytes if is_upload else self._body_bytes
        content_length = headers.get("content-length", "")
        if content_length.isdigit() and int(content_length) > limit:
            refusal = problem_response(
                413, "request.too_large", "The request is too large", _too_large_detail(limit)
            )
            return await refusal(scope, receive, send)
        await self._app(scope, _limit_body(receive, limit), send)


def _limit_body(receive: Receive, limit: int) -> Receive:
    received_bytes = 0

    async def receive_within_limit() -> Message:
        nonlocal received_bytes
        message = await receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > limit:
            raise HTTPException(413, _too_large_detail(limit))
        return message

    return receive_within_limit


def _too_large_detail(limit: int) -> str:
    return f"A request of this kind may have at most {limit} bytes. Send less at once."
