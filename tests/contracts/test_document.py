"""The documents of the published language are what its classes say, and others can read them."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft7Validator

from shared import tracing
from shared.events import document
from shared.events.asyncapi import TRAIT
from shared.events.base import Event
from shared.events.examples import EXAMPLES
from shared.messaging import envelope
from tests import node_packages
from tests.contracts import golden

PARSER = "@asyncapi/parser@3.6.6"
PARSE = """
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
const parser = new Parser();
const readings = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  const { document, diagnostics } = await parser.parse(text);
  const channels = document ? document.allChannels().all() : [];
  readings.push({
    addresses: channels.map((channel) => channel.address()),
    findings: diagnostics.map(({ code, message, path }) => [code, path.join("/"), message]),
  });
}
console.log(JSON.stringify(readings));
"""
LATEST_VERSION = "asyncapi-latest-version"
"""AsyncAPI 3.1 adds nothing that we use, and fewer tools read it."""

SIGN_IN = {
    "SECURITY_PROTOCOL": "SASL_SSL",
    "SASL_MECHANISM": "SCRAM-SHA-512",
    "USER": "portal",
    "PASSWORD": "kept from all",
}

by_type = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)


@cache
def _asyncapi() -> dict[str, Any]:
    return document.build_document()


def _message(event: Event) -> dict[str, Any]:
    message: dict[str, Any] = _asyncapi()["components"]["messages"][event.TYPE]
    return message


def _list_faults(schema: dict[str, Any], value: Any, components: Any = None) -> list[str]:
    """What a validator of JSON Schema, draft 7, finds in a value, by the document alone."""
    root = {"components": components or _asyncapi()["components"]}
    validator = Draft7Validator(root, format_checker=Draft7Validator.FORMAT_CHECKER)
    errors = validator.evolve(schema=schema).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _list_header_faults(event: Event, headers: dict[str, Any]) -> list[str]:
    trait = _asyncapi()["components"]["messageTraits"][TRAIT]["headers"]
    return _list_faults(trait, headers) + _list_faults(_message(event)["headers"], headers)


def test_both_documents_are_fresh() -> None:
    stored_document = json.loads((document.DOCS_FOLDER / "asyncapi.json").read_text())
    assert stored_document == _asyncapi(), "run: python -m shared.events.document"
    assert (document.DOCS_FOLDER / "events.md").read_text() == document.build_markdown()


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    references = [value for word, value in _list_words(_asyncapi()) if word == "$ref"]
    assert references
    for reference in references:
        place: Any = _asyncapi()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_topics_have_the_address_that_services_publish_to() -> None:
    addresses = {
        name: channel["address"] for name, channel in document.build_document()["channels"].items()
    }
    assert addresses == {event.TOPIC: f"attesta.{event.TOPIC}" for event in EXAMPLES}


def test_a_site_prints_its_own_brokers_and_topics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTESTA_KAFKA_BOOTSTRAP_SERVERS", "kafka-1.example:9092, kafka-2.example:9")
    monkeypatch.setenv("ATTESTA_KAFKA_TOPIC_PREFIX", "pilot-")
    for name, value in SIGN_IN.items():
        monkeypatch.setenv(f"ATTESTA_KAFKA_{name}", value)
    document.main(["--print"])
    printed_document = json.loads(capsys.readouterr().out)
    servers = [
        (server["host"], server["protocol"], server["security"])
        for server in printed_document["servers"].values()
    ]
    assert servers == [
        ("kafka-1.example:9092", "kafka-secure", [{"type": "scramSha512"}]),
        ("kafka-2.example:9", "kafka-secure", [{"type": "scramSha512"}]),
    ]
    assert SIGN_IN["PASSWORD"] not in json.dumps(printed_document)
    channel = printed_document["channels"]["certificates.certificate"]
    assert channel["address"] == "pilot-certificates.certificate"
    assert channel["bindings"]["kafka"]["topic"] == channel["address"]
    with pytest.raises(SystemExit, match="--wrong"):
        document.main(["--wrong"])


@by_type
def test_golden_records_are_as_the_document_says(example: Event) -> None:
    record = golden.read_record(example.TYPE)
    assert _list_faults(_message(example)["payload"], record["payload"]) == []
    assert _list_header_faults(example, record["headers"]) == []
    assert _message(example)["examples"][0]["payload"] == record["payload"]


@by_type
def test_the_document_describes_every_member_of_a_golden_record(example: Event) -> None:
    closed_components = deepcopy(_asyncapi()["components"])
    for schema in closed_components["schemas"].values():
        schema["additionalProperties"] = False
    payload = golden.read_record(example.TYPE)["payload"]
    assert _list_faults(_message(example)["payload"], payload, closed_components) == []
    unknown_member = {**payload, "added_later": 1}
    assert _list_faults(_message(example)["payload"], unknown_member, closed_components) != []


@by_type
def test_a_record_without_a_member_or_with_another_type_is_none(example: Event) -> None:
    payload = golden.read_record(example.TYPE)["payload"]
    schema = _message(example)["payload"]
    for member, field in type(example).model_fields.items():
        assert _list_faults(schema, {**payload, member: {"other": []}}) != [], member
        if field.is_required():
            without = {name: value for name, value in payload.items() if name != member}
            assert _list_faults(schema, without) != [], member
    headers = golden.read_record(example.TYPE)["headers"]
    for name in headers:
        without = {header: value for header, value in headers.items() if header != name}
        assert _list_header_faults(example, without) != [], name
    assert _list_header_faults(example, {**headers, "ce_type": "another.v1"}) != []


@by_type
def test_records_have_the_headers_of_the_document(example: Event) -> None:
    with tracing.continue_trace("order-66", {"tracestate": "vendor=1"}):
        headers = envelope.build_headers(
            example,
            UUID("99999999-9999-4999-8999-999999999999"),
            datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        )
    assert _list_header_faults(example, headers) == []
    assert headers.keys() <= {
        *_asyncapi()["components"]["messageTraits"][TRAIT]["headers"]["properties"]
    }


def test_every_member_is_described_and_bounded() -> None:
    faults = []
    for name, schema in _asyncapi()["components"]["schemas"].items():
        assert schema["description"], name
        for member, content in schema.get("properties", {}).items():
            if not content.get("description"):
                faults.append(f"{name}.{member}: description")
            faults += [f"{name}.{member}: {fault}" for fault in _list_unbounded(content)]
    assert faults == []


def test_the_parser_of_asyncapi_takes_the_document(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("asyncapi")
    node_packages.install_packages(folder, PARSER)
    wrong_document = {**_asyncapi(), "channels": {"topic": {"messages": []}}}
    secure_broker = replace(
        document.default_broker(), security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-256"
    )
    documents = (_asyncapi(), document.build_document(secure_broker), wrong_document)
    texts = json.dumps([json.dumps(text) for text in documents])
    *readings, refusal = json.loads(node_packages.run_module(folder, PARSE, texts))
    for reading in readings:
        assert [finding for finding in reading["findings"] if finding[0] != LATEST_VERSION] == []
        assert set(reading["addresses"]) == {f"attesta.{event.TOPIC}" for event in EXAMPLES}
    assert refusal["addresses"] == []


def _list_words(part: object) -> Iterator[tuple[str, Any]]:
    """Every word of a document with its value, those inside of others too."""
    if isinstance(part, dict):
        yield from part.items()
    children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for child in children:
        yield from _list_words(child)


def _list_unbounded(schema: dict[str, Any]) -> Iterator[str]:
    """What may be endless in a member: text, numbers, lists."""
    bounds = {
        "string": {"maxLength", "pattern", "format", "enum", "const"},
        "integer": {"maximum"},
        "array": {"maxItems"},
    }
    kind = schema.get("type", "")
    if kind in bounds and not bounds[kind] & schema.keys():
        yield f"{kind} without a bound"
    for part in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        yield from _list_unbounded(part)
