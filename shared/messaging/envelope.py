"""CloudEvents 1.0 in Kafka's binary mode: attributes as headers, the event's JSON as the value."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cloudevents.core.bindings import kafka
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import ValidationError

from shared import tracing
from shared.events.base import Event, event_class


class Unreadable(Exception):
    """A record that is no CloudEvent, or whose data is not what its type promises."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a broker delivered: where it stood, and its bytes."""

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
class Received:
    """An event as a handler sees it: the fact, and its envelope."""

    id: UUID
    time: datetime
    event: Event


def headers(event: Event, event_id: UUID, time: datetime) -> dict[str, str]:
    """The record headers of an event. The trace of the present request or event goes along."""
    trace = tracing.current()
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"/attesta/{event.TYPE.split('.')[0]}",
        "type": event.TYPE,
        "time": time,
        "subject": event.key,
        "datacontenttype": "application/json",
        "partitionkey": event.key,
        "correlationid": trace.correlation_id,
        "traceparent": trace.traceparent,
    }
    message = kafka.to_binary(CloudEvent(attributes, None), JSONFormat())
    return {name: value.decode() for name, value in message.headers.items()}


def read(record: Record) -> Received | None:
    """The event in a record; None when its type is one that this code does not know.

    Raises `Unreadable` with a reason that repeats none of the data: it may be personal.
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
        raise Unreadable(f"not a CloudEvent: {error}") from None
    if time is None or time.tzinfo is None:
        raise Unreadable("not a CloudEvent of ours: 'time' with a zone is required")
    cls = event_class(envelope.get_type())
    if cls is None:
        return None
    try:
        event = cls.model_validate_json(record.payload)
    except ValidationError as error:
        faults = ", ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'data'}: {fault['type']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise Unreadable(f"{cls.TYPE}: {faults}") from None
    if event.key != record.key:
        raise Unreadable("the record's key is not the event's aggregate")
    return Received(event_id, time, event)
