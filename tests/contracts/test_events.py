"""Every published event still says what it promised."""

import json
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules
from uuid import UUID

import pytest
from pydantic import Field, create_model

import shared.events
from shared import tracing
from shared.events.base import Event, event_types
from shared.events.certificates import CertificateExpired
from shared.messaging import envelope
from tests.contracts.compatibility import breaking_changes
from tests.contracts.examples import EXAMPLES
from tests.contracts.golden import FOLDER, golden, path

for module in iter_modules(shared.events.__path__, "shared.events."):
    import_module(module.name)

PUBLISHED = {
    name for name, cls in event_types().items() if cls.__module__.startswith("shared.events")
}


def test_every_event_has_a_golden_file_and_every_golden_file_an_event() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == PUBLISHED
    assert {example.TYPE for example in EXAMPLES} == PUBLISHED


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)
def test_an_event_is_still_written_as_it_was(example: Event) -> None:
    golden_file = json.loads(path(example.TYPE).read_text())
    assert json.loads(example.model_dump_json()) == golden_file["payload"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)
def test_an_event_of_then_is_still_read(example: Event) -> None:
    golden_file = json.loads(path(example.TYPE).read_text())
    assert type(example).model_validate_json(json.dumps(golden_file["payload"])) == example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)
def test_an_event_still_keeps_its_schema(example: Event) -> None:
    golden_file = json.loads(path(example.TYPE).read_text())
    assert breaking_changes(golden_file["schema"], golden(example)["schema"]) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)
def test_a_reader_of_today_ignores_a_member_of_tomorrow(example: Event) -> None:
    tomorrow = {**json.loads(example.model_dump_json()), "added_later": 1}
    assert type(example).model_validate_json(json.dumps(tomorrow)) == example


def test_an_added_optional_member_is_no_breaking_change() -> None:
    extended = create_model("E", __base__=CertificateExpired, note=(str | None, None))
    old, new = (cls.model_json_schema(mode="validation") for cls in (CertificateExpired, extended))
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"note": (str, ...)}, "/note: is newly required"),
        ({"valid_until": (int, ...)}, "/valid_until"),
        ({"number": (str, Field(pattern="^x"))}, "/number#pattern"),
        ({"qualification_version": (int, Field(ge=5))}, "/qualification_version#minimum"),
        ({"valid_until": (datetime, ...)}, "/valid_until#format"),
    ],
)
def test_the_check_fails_on_breaking_changes(change: dict[str, object], breach: str) -> None:
    changed_class = create_model("E", __base__=CertificateExpired, **change)  # type: ignore[call-overload]
    breaches = breaking_changes(
        CertificateExpired.model_json_schema(mode="validation"),
        changed_class.model_json_schema(mode="validation"),
    )
    assert any(breach in line for line in breaches), breaches


def test_the_check_fails_on_a_member_that_is_gone_also_deep_inside() -> None:
    example = next(e for e in EXAMPLES if e.TYPE == "applications.application.approved.v1")
    old, new = golden(example)["schema"], golden(example)["schema"]
    del new["$defs"]["OccupationalStandard"]["properties"]["order_date"]
    assert breaking_changes(old, new) == [
        "/qualification/further_standards#items/order_date: is gone"
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
