"""Every published event still says what it promised."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared import tracing
from shared.events.base import Event
from shared.events.document import published_events
from shared.events.examples import EXAMPLES
from shared.messaging import envelope
from tests.contracts import golden

by_type = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)


def test_every_event_has_a_golden_file_and_every_golden_file_an_event() -> None:
    assert {file.stem for file in golden.FOLDER.glob("*.json")} == published_events().keys()
    assert {example.TYPE for example in EXAMPLES} == published_events().keys()


@by_type
def test_an_event_is_still_written_as_it_was(example: Event) -> None:
    record = golden.read_record(example.TYPE)
    assert json.loads(example.model_dump_json()) == record["payload"]


@by_type
def test_an_event_of_then_is_still_read(example: Event) -> None:
    record = golden.read_record(example.TYPE)
    assert type(example).model_validate_json(json.dumps(record["payload"])) == example


@by_type
def test_a_reader_of_today_ignores_a_member_of_tomorrow(example: Event) -> None:
    tomorrow = {**json.loads(example.model_dump_json()), "added_later": 1}
    assert type(example).model_validate_json(json.dumps(tomorrow)) == example


def test_a_golden_record_only_gets_longer() -> None:
    old = {"headers": {"ce_id": "1"}, "payload": {"list": [{"a": 1}], "b": None}}
    longer = {"headers": {"ce_id": "1"}, "payload": {"list": [{"a": 1, "c": 2}], "b": None}}
    assert list(golden.list_losses(old, longer)) == []
    shorter = {"headers": {"ce_id": "2"}, "payload": {"list": [{"c": 2}]}}
    assert list(golden.list_losses(old, shorter)) == [
        "/headers/ce_id: '1' became '2'",
        "/payload/list/0/a is gone",
        "/payload/b is gone",
    ]


def test_the_envelope_is_cloudevents_in_kafkas_binary_mode() -> None:
    example = next(e for e in EXAMPLES if e.TYPE == "certificates.certificate.issued.v1")
    cause = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with tracing.continue_trace("order-66", {"traceparent": cause}) as trace:
        headers = envelope.build_headers(
            example,
            UUID("99999999-9999-4999-8999-999999999999"),
            datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        )
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": "99999999-9999-4999-8999-999999999999",
        "ce_source": "/attesta/certificates",
        "ce_type": "certificates.certificate.issued.v1",
        "ce_time": "2026-03-02T09:00:00Z",
        "ce_subject": example.key,
        "content-type": "application/json",
        "ce_partitionkey": example.key,
        "ce_correlationid": "order-66",
        "ce_traceparent": trace.traceparent,
    }
    assert trace.traceparent.split("-")[1] == cause.split("-")[1]
    assert trace.traceparent != cause
