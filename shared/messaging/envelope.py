"""CloudEvents 1.0 in Kafka's binary mode: attributes as headers, the event's JSON as the value."""

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from cloudevents.core.bindings import kafka
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from shared import tracing
from shared.events.base import Event, event_class


class UnreadableRecord(Exception):
    """A record that is no CloudEvent, or whose data does not fit its type."""


RecordHeaders = tuple[tuple[str, bytes | None], ...]
"""Names and values of a record's headers, in their order; a name may come twice, or have none."""
MOST_SHOWN = 200
"""Characters of a key, an id or a type that are shown or logged."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a broker delivered it, whatever its producer put into it: bytes stay bytes.

    `fault` says why the client could not read the record at its place: then the rest is empty.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: RecordHeaders
    payload: bytes | None
    fault: str | None = None
    attributes: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """The headers that have a value, as text; of a name that comes twice, the last."""

    def __post_init__(self) -> None:
        """Reads the headers once."""
        attributes = {name: decode_text(value) for name, value in self.headers if value is not None}
        object.__setattr__(self, "attributes", attributes)

    @property
    def event_id(self) -> str:
        """The CloudEvents id as it can be shown; for a record without one, its fingerprint."""
        return shorten_text(self.attributes.get("ce_id")) or f"sha256:{self.fingerprint.hex()}"

    @property
    def event_type(self) -> str | None:
        """The CloudEvents type as it can be shown, where there is one."""
        return shorten_text(self.attributes.get("ce_type")) or None

    @property
    def key_digest(self) -> bytes:
        """What stands for the key, however long it is: SHA-256; of no key another than of ''."""
        return _digest_parts(self.key)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 over key, headers and payload: two records at one place differ in it."""
        headers = [part for name, value in self.headers for part in (name.encode(), value)]
        return _digest_parts(self.key, self.payload, *headers)


def decode_text(value: bytes | None) -> str:
    """Bytes as text, as far as they are: what is no UTF-8, or U+0000, becomes U+FFFD."""
    text = (value or b"").decode(errors="replace")
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def shorten_text(text: str | None) -> str:
    """The beginning of a text of any length, for a line that is shown or logged."""
    return (text or "")[:MOST_SHOWN]


def _describe_fault(error: Exception) -> str:
    """What is wrong with an envelope, by the names of its attributes: values stay out of it."""
    if isinstance(error, CloudEventValidationError):
        return shorten_text(decode_text(str(error).encode(errors="replace")))
    return type(error).__name__


def _digest_parts(*parts: bytes | None) -> bytes:
    """SHA-256 over parts with their lengths, so that none can pass for two; None has none."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return digest.digest()


EventT_co = TypeVar("EventT_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class TracedEvent(Generic[EventT_co]):
    """An event, and the trace that it belongs to: among many, each has its own."""

    event: EventT_co
    trace: tracing.Trace


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event that was read from a record, with its CloudEvents id and time."""

    id: UUID
    time: datetime
    event: Event


def build_headers(event: Event, event_id: UUID, time: datetime) -> dict[str, str]:
    """The record headers of an event, with the current trace."""
    return build_type_headers(type(event), event.key, event_id, time)


def build_type_headers(
    event_type: type[Event], key: str, event_id: UUID, time: datetime
) -> dict[str, str]:
    """The same for an event of this type and key, whoever makes its payload."""
    trace = tracing.current_trace()
    attributes: dict[str, object] = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"/attesta/{event_type.TYPE.split('.')[0]}",
        "type": event_type.TYPE,
        "time": time,
        "subject": key,
        "datacontenttype": "application/json",
        "partitionkey": key,
        "correlationid": trace.correlation_id,
        **trace.carrier,
    }
    message = kafka.to_binary(CloudEvent(attributes, None), JSONFormat())
    return {name: value.decode() for name, value in message.headers.items()}


def continue_trace(record: Record) -> AbstractContextManager[tracing.Trace]:
    """Runs a block as a part of the trace in which the record's event was recorded."""
    return tracing.continue_trace(*_read_trace(record), SpanKind.CONSUMER)


def begin_trace(record: Record) -> tracing.Trace:
    """The same part of the trace, to run under again and again; its span is to be ended."""
    return tracing.begin_trace(*_read_trace(record), SpanKind.CONSUMER)


def _read_trace(record: Record) -> tuple[str | None, dict[str, str], str]:
    """The correlation id, the caller's W3C headers, the name of the span."""
    names = ("traceparent", "tracestate")
    carrier = {
        name: record.attributes[f"ce_{name}"] for name in names if f"ce_{name}" in record.attributes
    }
    span_name = f"handle {record.event_type or record.topic}"
    return record.attributes.get("ce_correlationid"), carrier, span_name


def read_event(record: Record) -> ReceivedEvent | None:
    """The event in a record; None when its type is one that this code does not know.

    Raises `UnreadableRecord` with a reason that repeats none of the data: it may be personal.
    """
    if record.fault is not None:
        raise UnreadableRecord(f"the Kafka client cannot read it: {record.fault}")
    try:
        message = kafka.KafkaMessage(
            {name: value.encode() for name, value in record.attributes.items()},
            decode_text(record.key),
            record.payload or b"",
        )
        envelope = kafka.from_binary(message, JSONFormat())
        event_id = UUID(envelope.get_id())
        time = envelope.get_time()
    except Exception as error:  # a library reads here what anybody may have written
        raise UnreadableRecord(f"not a CloudEvent: {_describe_fault(error)}") from None
    if time is None or time.tzinfo is None:
        raise UnreadableRecord("not a CloudEvent of ours: 'time' with a zone is required")
    expected_class = event_class(envelope.get_type())
    if expected_class is None:
        return None
    try:
        event = expected_class.model_validate_json(record.payload or b"")
    except ValidationError as error:
        errors = ", ".join(
            f"{'.'.join(map(str, field_error['loc'])) or 'data'}: {field_error['type']}"
            for field_error in error.errors(include_input=False, include_url=False)
        )
        raise UnreadableRecord(f"{expected_class.TYPE}: {errors}") from None
    if record.key is None or event.key.encode() != record.key:
        raise UnreadableRecord("the record's key is not the event's aggregate")
    return ReceivedEvent(event_id, time, event)
