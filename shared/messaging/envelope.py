"""CloudEvents 1.0 in Kafka's binary mode: attributes as headers, the event's JSON as the value."""

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Record:
    """A record that a broker delivered: topic, partition, offset, headers, payload."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    payload: bytes

    @property
    def event_id(self) -> str:
        """The CloudEvents id; for a record without one, a fingerprint of its bytes."""
        fingerprint = hashlib.sha256(self.key.encode() + b"\0" + self.payload).hexdigest()
        return self.headers.get("ce_id") or f"sha256:{fingerprint}"

    @property
    def event_type(self) -> str | None:
        """The CloudEvents type, where there is one."""
        return self.headers.get("ce_type")


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
    names = ("traceparent", "tracestate")
    carrier = {
        name: record.headers[f"ce_{name}"] for name in names if f"ce_{name}" in record.headers
    }
    return tracing.continue_trace(
        record.headers.get("ce_correlationid"),
        carrier,
        f"handle {record.event_type or record.topic}",
        SpanKind.CONSUMER,
    )


def read_event(record: Record) -> ReceivedEvent | None:
    """The event in a record; None when its type is one that this code does not know.

    Raises `UnreadableRecord` with a reason that repeats none of the data: it may be personal.
    """
    try:
        message = kafka.KafkaMessage(
            {name: value.encode() for name, value in record.headers.items()},
            record.key,
            record.payload,
        )
        envelope = kafka.from_binary(message, JSONFormat())
        event_id = UUID(envelope.get_id())
        time = envelope.get_time()
    except (CloudEventValidationError, ValueError) as error:
        raise UnreadableRecord(f"not a CloudEvent: {error}") from None
    if time is None or time.tzinfo is None:
        raise UnreadableRecord("not a CloudEvent of ours: 'time' with a zone is required")
    expected_class = event_class(envelope.get_type())
    if expected_class is None:
        return None
    try:
        event = expected_class.model_validate_json(record.payload)
    except ValidationError as error:
        errors = ", ".join(
            f"{'.'.join(map(str, field_error['loc'])) or 'data'}: {field_error['type']}"
            for field_error in error.errors(include_input=False, include_url=False)
        )
        raise UnreadableRecord(f"{expected_class.TYPE}: {errors}") from None
    if event.key != record.key:
        raise UnreadableRecord("the record's key is not the event's aggregate")
    return ReceivedEvent(event_id, time, event)
