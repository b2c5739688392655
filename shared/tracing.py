"""Following one cause through many processes: correlation ids and W3C trace context.

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
    """Where we are in a chain of causes."""

    correlation_id: str
    traceparent: str


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace:
    """The trace under which this code runs; a new one outside any request or event."""
    return _current.get() or _child(None, None)


@contextmanager
def trace(correlation_id: str | None, traceparent: str | None) -> Iterator[Trace]:
    """Runs the block under a trace that continues the caller's, if that is well formed."""
    here = _child(correlation_id, traceparent)
    token = _current.set(here)
    with structlog.contextvars.bound_contextvars(
        correlation_id=here.correlation_id, trace_id=here.traceparent.split("-")[1]
    ):
        try:
            yield here
        finally:
            _current.reset(token)


def _child(correlation_id: str | None, traceparent: str | None) -> Trace:
    parent = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id, flags = parent.groups() if parent else (secrets.token_hex(16), "01")
    known = correlation_id if _CORRELATION.fullmatch(correlation_id or "") else None
    return Trace(known or str(uuid4()), f"00-{trace_id}-{secrets.token_hex(8)}-{flags}")
