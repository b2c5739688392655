"""Sends spans to a collector of OpenTelemetry, where the settings name one; else does nothing.

The libraries for it are the group `otel` of `pyproject.toml`. Beside the spans of requests and
events there is one for each statement of the engine under them, and for each call over HTTP; the
pool of prepared reads, on which verification's fast path rests, has none.
"""

import os
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from sqlalchemy import Connection, ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import tracing
from shared.settings import Settings

STANDARD_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SPAN_KEY = "attesta.span"


def export_spans(settings: Settings, process: str, engine: AsyncEngine) -> None:
    """Sends this process's spans to the settings' collector, or where OTEL's variables say.

    `process` is what runs, such as `http` or `worker`. Raises `RuntimeError` when a collector is
    named and the libraries are not installed.
    """
    url = settings.otel_exporter_url
    if url is None and not any(map(os.environ.get, STANDARD_VARIABLES)):
        return
    try:
        from shared.tracing_sdk import start_exporter  # noqa: PLC0415 - a group of its own
    except ImportError as error:
        raise RuntimeError(
            "A collector of traces is named, and the libraries for it are not installed: install"
            f" the group 'otel' of pyproject.toml ({error.name} is missing)."
        ) from error
    tracer = start_exporter(url, f"attesta-{settings.service}-{process}")
    record_statements(engine, tracer)
    tracing.record_spans(tracer)


def record_statements(engine: AsyncEngine, tracer: Tracer) -> None:
    """Records a span for each statement that the engine runs for a recorded request or event.

    It holds the statement's text, never its parameters or what an error says of them: those can
    be personal data.
    """

    def start_span(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if trace.get_current_span().is_recording():
            attributes = {"db.system.name": "postgresql", "db.query.text": statement}
            name = statement.split(maxsplit=1)[0]
            span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
            connection.info[_SPAN_KEY] = span

    def end_span(connection: Connection, *_: Any) -> None:
        span: Span | None = connection.info.pop(_SPAN_KEY, None)
        if span is not None:
            span.end()

    def end_failed_span(failure: ExceptionContext) -> None:
        if failure.connection is not None:
            span: Span | None = failure.connection.info.pop(_SPAN_KEY, None)
            if span is not None:
                span.set_status(StatusCode.ERROR)
                span.end()

    event.listen(engine.sync_engine, "before_cursor_execute", start_span)
    event.listen(engine.sync_engine, "after_cursor_execute", end_span)
    event.listen(engine.sync_engine, "handle_error", end_failed_span)
