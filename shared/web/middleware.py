"""ASGI middleware before the routes: trace, log and time of requests, unexpected errors, limits."""

import time
from collections.abc import Collection, MutableMapping
from http import HTTPStatus
from typing import Any

from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared import logs, ndjson, tracing
from shared.commits import watch_commits
from shared.web.asgi import ASGI, Message, Receive, Send
from shared.web.error_answers import answer_error, answer_problem, find_failure_pages
from shared.web.form_record import record_form
from shared.web.metrics import find_route_template, observe_request
from shared.web.problems import ProblemDescription

log = logs.get_logger(__name__)

TRACE_HEADERS = ("traceparent", "tracestate")
"""The caller's trace (W3C Trace Context)."""
READING_METHODS = ("GET", "HEAD", "OPTIONS")
STREAMED_MEDIA_TYPES = ("multipart/form-data", "text/csv", ndjson.MEDIA_TYPE)
"""What is read as a stream, so that it may be large."""


class Tracing:
    """Runs each request under its trace, answers with the correlation id, logs and measures it.

    Log, span and metric name the route, not the path: a path can hold what should not stand there.
    No span is recorded for the paths of `unrecorded_paths`: recording costs more than their
    answers.
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
                route = find_route_template(scope)
                seconds = time.perf_counter() - started_at
                observe_request(scope["method"], route, status, seconds)
                _describe_request(trace.span, scope["method"], route, status)
                if not route.startswith("/health"):
                    log.info(
                        "request",
                        method=scope["method"],
                        route=route,
                        status=status,
                        milliseconds=round(seconds * 1000, 1),
                    )


def _describe_request(span: Span, method: str, route: str, status: int) -> None:
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attribute("http.request.method", method)
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            tracing.mark_failed()


class UnexpectedErrors:
    """Answers the errors that no handler takes, under the request's trace.

    Starlette itself would answer them outside of all middleware, where the trace has ended. What
    is typed into the forms of pages is kept for the page that tells of a failure.
    """

    def __init__(self, app: ASGI) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handles one HTTP request; an error after the response has begun is raised."""
        if scope["type"] != "http" or scope["method"] in READING_METHODS:
            return await self._answer(scope, receive, send)
        if find_failure_pages(scope) is not None:
            receive = record_form(scope, receive)
        with watch_commits():
            await self._answer(scope, receive, send)

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            response = await answer_error(Request(scope, receive), error)
            await response(scope, receive, send)


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
        headers = Headers(scope=scope)
        is_upload = headers.get("content-type", "").startswith(STREAMED_MEDIA_TYPES)
        limit = self._upload_bytes if is_upload else self._body_bytes
        refusal = _find_refusal(scope, headers, limit)
        if refusal is not None:
            response = await answer_problem(Request(scope, receive), refusal)
            return await response(scope, receive, send)
        await self._app(scope, _limit_body(receive, limit), send)


def _find_refusal(
    scope: MutableMapping[str, Any], headers: Headers, limit: int
) -> ProblemDescription | None:
    """Why the request is refused before anything of it is read; None where it is not."""
    if b"%00" in scope.get("raw_path", b"") + scope.get("query_string", b""):
        return ProblemDescription(
            status=400,
            rule="request.nul",
            title="The request is not valid",
            detail="The address contains the character U+0000. Remove %00.",
        )
    content_length = headers.get("content-length", "")
    if content_length.isdigit() and int(content_length) > limit:
        return ProblemDescription(
            status=413,
            rule="request.too_large",
            title="The request is too large",
            detail=_too_large_detail(limit),
            values={"limit_bytes": limit},
        )
    return None


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
