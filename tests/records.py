"""Records as a broker delivers them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from shared.events import Event
from shared.messaging import envelope
from shared.messaging.envelope import Record, RecordHeaders


def build_record(
    event: Event, now: datetime, event_id: UUID | None = None, offset: int = 0
) -> Record:
    """The event as a broker delivers it, under an id of its own unless this one is given."""
    headers = encode_headers(envelope.build_headers(event, event_id or uuid4(), now))
    payload = event.model_dump_json().encode()
    return Record(event.TOPIC, 0, offset, event.key.encode(), headers, payload)


def encode_headers(headers: Mapping[str, str]) -> RecordHeaders:
    """Headers of text as a record holds them."""
    return tuple((name, value.encode()) for name, value in headers.items())
