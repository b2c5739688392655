"""Which changes of an OpenAPI document break clients, and which do not."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.contracts.baselines import read_baseline
from tests.contracts.compatibility.documents import strip_annotations
from tests.contracts.compatibility.operations import compare_openapi

THING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 30, "pattern": "^x"},
        "kind": {"enum": ["new", "old"], "type": "string"},
        "size": {"type": "integer", "minimum": 1},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
    "required": ["name"],
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/things": {
            "post": {
                "operationId": "create_thing",
                "tags": ["things"],
                "parameters": [
                    {"in": "query", "name": "on", "schema": {"type": "string", "format": "date"}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Request"}}
                    },
                },
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}
                        },
                    },
                    "404": {"content": {}},
                },
                "security": [{"bearer": ["write"]}],
            }
        }
    },
    "components": {
        "schemas": {
            "Request": deepcopy(THING),
            "Answer": deepcopy(THING),
            "Part": {"type": "object", "properties": {"code": {"type": "string"}}},
            "Other": {"type": "object"},
        }
    },
}

Change = Callable[[dict[str, Any]], object]


def _operation(document: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"]["/things"]["post"]
    return operation


def _find_changes(change: Change) -> list[str]:
    new_document = deepcopy(DOCUMENT)
    change(new_document)
    return compare_openapi(DOCUMENT, new_document)


@pytest.mark.parametrize(
    ("member", "value", "when_sent", "when_read"),
    [
        ("name", {"type": "string", "maxLength": 40, "pattern": "^x"}, False, True),
        ("name", {"type": "string", "maxLength": 20, "pattern": "^x"}, True, False),
        ("name", {"type": "string", "pattern": "^x"}, False, True),
        ("name", {"type": "string", "maxLength": 30}, False, True),
        ("name", {"type": "string", "maxLength": 30, "pattern": "^y"}, True, True),
        (
            "name",
            {"type": "string", "maxLength": 30, "pattern": "^x", "format": "uri"},
            True,
            False,
        ),
        ("name", {"type": "string", "maxLength": 30, "pattern": "^x", "x-new": 1}, True, True),
        ("name", {"type": "string", "maxLength": 30, "pattern": "^x", "default": "x"}, True, False),
        ("name", {"$ref": "#/components/schemas/Other"}, True, True),
        ("kind", {"enum": ["new", "old", "odd"], "type": "string"}, False, True),
        ("kind", {"enum": ["new"], "type": "string"}, True, False),
        ("kind", {"const": "new", "type": "string"}, True, False),
        ("kind", {"type": "string"}, False, True),
        ("kind", {"enum": ["new", "odd"], "type": "string"}, True, True),
        ("size", {"type": "number", "minimum": 1}, False, True),
        ("size", {"type": "string"}, True, True),
        ("size", {"type": "integer", "minimum": 0}, False, True),
        ("size", {"type": "integer", "minimum": 2}, True, False),
        ("size", {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, False, True),
        ("note", {"anyOf": [{"type": "null"}, {"type": "string"}]}, False, False),
        ("note", {"oneOf": [{"type": "null"}, {"type": "string"}]}, True, True),
        ("note", {"type": "string"}, True, False),
        ("note", {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]}, True, False),
        ("parts", {"type": "array", "items": {"$ref": "#/components/schemas/Other"}}, True, True),
        ("added", {"type": "string"}, False, False),
        ("parts", None, True, True),
    ],
)
def test_what_is_sent_may_widen_and_what_is_read_may_narrow(
    member: str, value: dict[str, Any] | None, when_sent: bool, when_read: bool
) -> None:
    for name, is_breaking in (("Request", when_sent), ("Answer", when_read)):
        new_document = deepcopy(DOCUMENT)
        members = new_document["components"]["schemas"][name]["properties"]
        members[member] = value
        if value is None:
            del members[member]
        changes = compare_openapi(DOCUMENT, new_document)
        use = {"Request": "sent", "Answer": "read"}[name]
        assert bool(changes) is is_breaking, changes
        assert all(change.startswith(f"{use} {name}/{member}") for change in changes), changes


@pytest.mark.parametrize(
    ("required", "when_sent", "when_read"),
    [(["name", "size"], True, False), ([], False, True)],
)
def test_a_member_that_becomes_required_or_optional(
    required: list[str], when_sent: bool, when_read: bool
) -> None:
    for name, is_breaking in (("Request", when_sent), ("Answer", when_read)):
        new_document = deepcopy(DOCUMENT)
        new_document["components"]["schemas"][name]["required"] = required
        assert bool(compare_openapi(DOCUMENT, new_document)) is is_breaking


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda new: new["paths"].clear(), "POST /things: is gone"),
        (lambda new: _operation(new).update(operationId="make"), "POST /things: operationId"),
        (lambda new: _operation(new).update(tags=["other"]), "POST /things: tags"),
        (lambda new: _operation(new).update(callbacks={"a": {}}), "POST /things: callbacks"),
        (lambda new: _operation(new)["parameters"].clear(), "POST /things query on: is gone"),
        (
            lambda new: _operation(new)["parameters"][0].update(required=True),
            "POST /things query on: is newly required",
        ),
        (
            lambda new: _operation(new)["parameters"][0].update(explode=True),
            "POST /things query on: explode",
        ),
        (
            lambda new: _operation(new)["parameters"].append(
                {"in": "query", "name": "x", "required": True, "schema": {}}
            ),
            "POST /things query x: is newly required",
        ),
        (
            lambda new: _operation(new)["requestBody"]["content"].clear(),
            "POST /things body application/json: is gone",
        ),
        (lambda new: _operation(new)["responses"].pop("200"), "POST /things 200: is gone"),
        (
            lambda new: _operation(new)["responses"].update({"202": {}}),
            "POST /things 202: is new",
        ),
        (
            lambda new: _operation(new)["responses"]["200"]["headers"].clear(),
            "POST /things 200 ETag: is gone",
        ),
        (
            lambda new: _operation(new)["responses"]["200"]["content"].clear(),
            "POST /things 200 application/json: is gone",
        ),
        (
            lambda new: _operation(new).update(security=[{"bearer": ["other"]}]),
            "POST /things: no longer open",
        ),
        (lambda new: new.update(webhooks={"told": {}}), "document: webhooks"),
        (
            lambda new: new["components"].update(securitySchemes={"key": {}}),
            "components: securitySchemes",
        ),
        (
            lambda new: new["components"]["schemas"]["Part"]["properties"].clear(),
            "sent Part/code: is gone",
        ),
    ],
)
def test_a_change_of_an_operation_that_breaks_is_named(change: Change, finding: str) -> None:
    changes = _find_changes(change)
    assert any(line.startswith(finding) for line in changes), changes


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new["paths"].update({"/others": {"get": {"responses": {}}}}),
        lambda new: _operation(new).update(deprecated=True),
        lambda new: _operation(new)["parameters"].append(
            {"in": "query", "name": "x", "schema": {}}
        ),
        lambda new: _operation(new)["requestBody"].update(required=False),
        lambda new: _operation(new)["requestBody"]["content"].update({"text/csv": {"schema": {}}}),
        lambda new: _operation(new)["responses"].update({"304": {}, "409": {}}),
        lambda new: _operation(new)["responses"].pop("404"),
        lambda new: _operation(new)["responses"]["200"]["headers"].update(Link={"schema": {}}),
        lambda new: _operation(new)["security"].append({"bearer": ["other"]}),
        lambda new: _operation(new).update(security=[]),
        lambda new: new["components"]["schemas"].pop("Other"),
    ],
)
def test_a_change_of_an_operation_that_adds_breaks_nothing(change: Change) -> None:
    assert _find_changes(change) == []


@pytest.mark.parametrize(("word", "place"), [("prefixItems", "read"), ("not", "kept")])
def test_schemas_inside_of_words_without_a_rule_are_compared(word: str, place: str) -> None:
    part = {"$ref": "#/components/schemas/Part"}
    old = deepcopy(DOCUMENT)
    lines = {word: [part] if word == "prefixItems" else part}
    old["components"]["schemas"]["Answer"] = {"properties": {"lines": lines}}
    new = deepcopy(old)
    new["components"]["schemas"]["Part"]["properties"]["code"] = {"type": "integer"}
    changes = compare_openapi(old, new)
    assert f'{place} Part/code: type "string" became "integer"' in changes
    new["components"]["schemas"]["Answer"]["properties"]["lines"] = {}
    assert any(f"read Answer/lines {word}" in line for line in compare_openapi(old, new))


def test_words_for_people_and_the_site_are_no_part_of_the_contract() -> None:
    described_document = deepcopy(DOCUMENT)
    described_document.update(
        info={"version": "2"}, servers=[{"url": "/"}], tags=[{"name": "things"}]
    )
    schema = described_document["components"]["schemas"]["Answer"]
    schema.update(title="Answer", description="A thing.", examples=[{"name": "x"}])
    schema["properties"]["name"]["description"] = "the name"
    assert strip_annotations(described_document) == strip_annotations(DOCUMENT)
    # A member whose name is that of an annotation is a member.
    schema["properties"]["title"] = {"type": "string"}
    members = strip_annotations(described_document)["components"]["schemas"]["Answer"]["properties"]
    assert members["title"] == {"type": "string"}


@pytest.mark.parametrize("name", ["applications", "catalog", "certificates"])
def test_every_operation_that_goes_and_every_member_that_goes_is_named(name: str) -> None:
    document = read_baseline(name)
    without_operations = {**document, "paths": {}}
    operations = [path for path, methods in document["paths"].items() for _ in methods]
    assert len(compare_openapi(document, without_operations)) == len(operations)

    without_leaves = deepcopy(document)
    leaves = set()
    for schema_name, schema in without_leaves["components"]["schemas"].items():
        for member, content in list(schema.get("properties", {}).items()):
            if "$ref" not in json.dumps(content):
                del schema["properties"][member]
                leaves.add(f"{schema_name}/{member}: is gone")
    changes = compare_openapi(document, without_leaves)
    assert leaves - {change.partition(" ")[2] for change in changes} == set()
