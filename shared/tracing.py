"""Correlation ids and W3C trace context, carried from requests through events into logs.

A request or an event starts a span of OpenTelemetry; events recorded under it, logs written under
it and calls made under it belong to its trace. Spans are recorded only where `tracing_export` has
been told where to send them; without that a span is no more than its ids.
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4

import structlog
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(slots=True)
class _Recorder:
    tracer: Tracer | None = None


_RECORDER = _Recorder()


@dataclass(frozen=True, slots=True)
class Trace:
    """The correlation id of the request or event being handled, and its span."""

    correlation_id: str
    span: Span

    @property
    def carrier(self) -> dict[str, str]:
        """For the next party: `traceparent` and, where the caller sent one, `tracestate` (W3C)."""
        headers: dict[str, str] = {}
        _PROPAGATOR.inject(headers, trace.set_span_in_context(self.span, Context()))
        return headers

    @property
    def traceparent(self) -> str:
        """The W3C `traceparent`."""
        return self.carrier["traceparent"]

    @property
    def trace_id(self) -> str:
        """The trace's id, 32 hexadecimal digits."""
        return trace.format_trace_id(self.span.get_span_context().trace_id)


_current_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def read_trace_id(traceparent: str | None) -> str | None:
    """The id of the trace that a W3C `traceparent` names; None where it names none."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match[1] if match and match[1].strip("0") else None


def record_spans(tracer: Tracer | None) -> None:
    """Records a span of this tracer for each further trace that is continued; None: no more."""
    _RECORDER.tracer = tracer


def current_trace() -> Trace:
    """The trace under which this code runs; a new one outside any request or event."""
    return _current_trace.get() or Trace(str(uuid4()), _child_span(Context()))


def begin_trace(
    correlation_id: str | None,
    carrier: Mapping[str, str],
    span_name: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Trace:
    """A child of the caller's span, or a new trace if that is malformed; its span is to be ended.

    `carrier` holds the caller's W3C headers. A span without a name is never recorded.
    """
    parent = _PROPAGATOR.extract(carrier, Context()) if carrier else Context()
    span = _start_span(parent, span_name, kind)
    is_valid = _CORRELATION.fullmatch(correlation_id or "") is not None
    return Trace((correlation_id if is_valid else None) or str(uuid4()), span)


@contextmanager
def run_under(trace_to_use: Trace) -> Iterator[None]:
    """Runs the block under a trace that was begun, and leaves its span open.

    Logs written in the block carry the correlation id and the trace id.
    """
    trace_token = _current_trace.set(trace_to_use)
    # Only those who record ask OpenTelemetry which span they run under.
    is_recording = _RECORDER.tracer is not None
    span_token = attach(trace.set_span_in_context(trace_to_use.span)) if is_recording else None
    with structlog.contextvars.bound_contextvars(
        correlation_id=trace_to_use.correlation_id, trace_id=trace_to_use.trace_id
    ):
        try:
            yield
        finally:
            if span_token is not None:
                detach(span_token)
            _current_trace.reset(trace_token)


@contextmanager
def continue_trace(
    correlation_id: str | None,
    carrier: Mapping[str, str],
    span_name: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Trace]:
    """Runs the block under a trace begun for it, as `begin_trace` says, and ends its span."""
    child = begin_trace(correlation_id, carrier, span_name, kind)
    try:
        with run_under(child):
            try:
                yield child
            except Exception:
                mark_failed()  # what it says may be personal data, so it is not recorded
                raise
    finally:
        child.span.end()


def mark_failed() -> None:
    """Marks the current span as failed, without words: the logs have the reason."""
    trace.get_current_span().set_status(StatusCode.ERROR)


def _start_span(parent: Context, span_name: str | None, kind: SpanKind) -> Span:
    if _RECORDER.tracer is None or span_name is None:
        return _child_span(parent)
    return _RECORDER.tracer.start_span(span_name, context=parent, kind=kind)


def _child_span(parent: Context) -> Span:
    """A span that has ids and is not recorded: of the parent's trace, or of a new one."""
    # Ids need to differ, not to be secret; these cost a tenth of the others on each request.
    parent_context = trace.get_current_span(parent).get_span_context()
    if parent_context.is_valid:
        trace_id, flags = parent_context.trace_id, parent_context.trace_flags
    else:
        trace_id, flags = random.getrandbits(128), TraceFlags(TraceFlags.SAMPLED)
    span_id = random.getrandbits(64)
    return NonRecordingSpan(
        SpanContext(trace_id, span_id, False, flags, parent_context.trace_state)
    )
