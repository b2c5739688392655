"""Correlation ids and W3C trace context, carried from requests through events into logs.

A request or an event starts a `Trace`; events recorded under it and logs written under it carry it.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4

import structlog

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True)
class Trace:
    """The correlation id and W3C `traceparent` of the request or event being handled."""

    correlation_id: str
    traceparent: str


_current_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace:
    """The trace under which this code runs; a new one outside any request or event."""
    return _current_trace.get() or _child_trace(None, None)


@contextmanager
def continue_trace(correlation_id: str | None, traceparent: str | None) -> Iterator[Trace]:
    """Runs the block under a child of the caller's trace, or a new trace if it is malformed.

    Logs written in the block carry the correlation id and the trace id.
    """
    child = _child_trace(correlation_id, traceparent)
    token = _current_trace.set(child)
    with structlog.contextvars.bound_contextvars(
        correlation_id=child.correlation_id, trace_id=child.traceparent.split("-")[1]
    ):
        try:
            yield child
        finally:
            _current_trace.reset(token)


def _child_trace(correlation_id: str | None, traceparent: str | None) -> Trace:
    parent = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id, flags = parent.groups() if parent else (secrets.token_hex(16), "01")
    valid_correlation_id = correlation_id if _CORRELATION.fullmatch(correlation_id or "") else None
    return Trace(
        valid_correlation_id or str(uuid4()), f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
    )
