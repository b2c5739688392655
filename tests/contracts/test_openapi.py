"""The OpenAPI documents are whole: what an operation lacks is named here, or stands in a list.

The lists beside this file (`document_gaps`) hold what was missing when this began. They may only
become shorter: write them anew by `python -m tests.contracts.test_openapi`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import TypeAdapter, ValidationError

from deploy.clients.documents import create_applications
from shared.metrics.registry import VERSION
from shared.web import openapi
from shared.web.api_examples import NOTHING, compose_example
from shared.web.guards import Public, list_route_access
from shared.web.openapi import build_document
from shared.web.route_table import JSON, ContractTable
from tests.contracts.document_gaps import GAPS, Gaps, list_examples, list_operations

SERVICES = ("applications", "catalog", "certificates")
PROBLEM = "application/problem+json"
COMMON_STATUSES = {"400", "422", "500", "503"}


@cache
def _applications() -> Mapping[str, FastAPI]:
    return create_applications()


@cache
def _document(service: str) -> dict[str, Any]:
    app = _applications()[service]
    return build_document(app, app.state.resources.settings)


def _list_places(gaps: Gaps) -> list[str]:
    return [
        f"{service}: {place}"
        for service in SERVICES
        for place in sorted({*gaps(_document(service))})
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_one_of_openapi(service: str) -> None:
    validate(_document(service))


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_says_what_it_is_of_and_where(service: str) -> None:
    document = _document(service)
    assert document["info"]["version"] == VERSION
    assert [server["url"] for server in document["servers"]] == ["http://127.0.0.1:8000"]
    assert all(tag["description"] for tag in document["tags"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_a_name_a_tag_and_words(service: str) -> None:
    faults = []
    names: set[str] = set()
    for place, operation in list_operations(_document(service)):
        name = operation["operationId"]
        if name in names or "_" not in name or not name.islower():
            faults.append(f"{place}: {name}")
        names.add(name)
        if not operation.get("summary") or not operation.get("tags"):
            faults.append(f"{place}: summary and tags")
        if not operation.get("description"):
            faults.append(f"{place}: description")
    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_is_a_problem_with_its_headers(service: str) -> None:
    for place, operation in list_operations(_document(service)):
        statuses = operation["responses"].keys()
        assert statuses >= COMMON_STATUSES, place
        for status, response in operation["responses"].items():
            assert response["description"], (place, status)
            if status >= "400" and place != "GET /health/ready":
                assert list(response["content"]) == [PROBLEM], (place, status)
                assert "X-Correlation-ID" in response["headers"], (place, status)
            if status in {"401", "403"}:
                assert "WWW-Authenticate" in response["headers"], place
            if status in {"429", "503"}:
                assert "Retry-After" in response["headers"], place


@pytest.mark.parametrize("service", SERVICES)
def test_who_may_call_is_what_the_guards_ask_for(service: str) -> None:
    operations = dict(list_operations(_document(service)))
    for route in list_route_access(_applications()[service]):
        for method in route.methods:
            operation = operations.get(f"{method} {route.path}")
            if operation is None:
                continue
            if all(isinstance(guard, Public) for guard in route.guards):
                assert [] not in [list(item) for item in operation["security"][1:]], route.path
                assert not operation["security"] or {} in operation["security"], route.path
            elif "AllowWrites" not in str(route.guards[0].__class__):
                scopes = {scope for item in operation["security"] for scope in item["bearer"]}
                assert scopes, route.path
                assert {"401", "403"} <= operation["responses"].keys(), route.path
                assert all(scope in operation["description"] for scope in scopes)


@pytest.mark.parametrize("service", SERVICES)
def test_every_content_has_a_schema(service: str) -> None:
    for place, operation in list_operations(_document(service)):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, content in body.get("content", {}).items():
                assert content.get("schema"), (place, media_type)


@pytest.mark.parametrize("service", SERVICES)
def test_schemas_are_named_by_one_word_each(service: str) -> None:
    schemas = _document(service)["components"]["schemas"]
    assert [name for name in schemas if not (name.isalnum() and name[0].isupper())] == []
    assert [name for name, schema in schemas.items() if schema["title"] != name] == []
    assert "ValidationError" not in schemas


@pytest.mark.parametrize("path", GAPS, ids=lambda path: path.stem)
def test_nothing_new_is_left_unsaid(path: Path) -> None:
    listed_places = path.read_text("utf-8").splitlines()
    places = _list_places(GAPS[path])
    assert sorted({*places} - {*listed_places}) == [], "say this of these"
    assert sorted({*listed_places} - {*places}) == [], "take these out of the list"


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_is_one_of_its_schema(service: str) -> None:
    document = _document(service)
    faults = []
    for place, schema, example in list_examples(document):
        validator = Draft202012Validator({**schema, "components": document["components"]})
        faults += [f"{place}: {error.message}" for error in validator.iter_errors(example)]
    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_of_a_body_is_taken(service: str) -> None:
    """By the rules between members, too, which a schema cannot say."""
    faults = []
    for place, body_type, examples in _list_bodies(service):
        for example in examples:
            try:
                body_type.validate_python(example)
            except ValidationError as error:
                faults.append(f"{place}: {error}")
    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_boolean_is_no_number_and_a_number_no_boolean(service: str) -> None:
    faults = []
    for place, body_type, examples in _list_bodies(service):
        for body in (body for example in examples for body in _confuse_types(example)):
            try:
                body_type.validate_python(body)
            except ValidationError:
                continue
            faults.append(f"{place}: {body}")
    assert faults == []


def _list_bodies(service: str) -> Iterator[tuple[str, TypeAdapter[Any], list[Any]]]:
    """The operations that take JSON: where, the type of the body, examples of it."""
    document = _document(service)
    schemas = document["components"]["schemas"]
    for contract, method in openapi.list_operations(ContractTable(_applications()[service].routes)):
        body = contract.context.body_field
        if body is None or contract.request_types != (JSON,):
            continue
        operation = document["paths"][contract.path_format][method.lower()]
        content = operation["requestBody"]["content"][JSON]
        examples = [item["value"] for item in content.get("examples", {}).values()]
        if not examples:
            example = compose_example(content["schema"], schemas)
            examples = [] if example is NOTHING else [example]
        yield f"{method} {contract.path}", TypeAdapter(body.field_info.annotation), examples


def _confuse_types(value: Any) -> Iterator[Any]:
    """The value with one boolean in it as a number, or one number as a boolean; each in turn."""
    if isinstance(value, bool):
        yield int(value)
    elif isinstance(value, int | float):
        yield True
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from ({**value, name: confused} for confused in _confuse_types(member))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            before, after = value[:place], value[place + 1 :]
            yield from ([*before, confused, *after] for confused in _confuse_types(item))


def test_what_portals_are_sent_is_described_as_what_they_ask_for() -> None:
    (item,) = _document("certificates")["webhooks"].values()
    operation = item["post"]
    event = {"$ref": "#/components/schemas/RosterCloudEvent"}
    single, batch = (content["schema"] for content in operation["requestBody"]["content"].values())
    assert (single, batch["items"]) == (event, event)
    assert all(parameter["description"] for parameter in operation["parameters"])
    assert operation["responses"].keys() == {"204", "410", "429"}
    data = _document("certificates")["components"]["schemas"]["RosterCloudEvent"]["properties"]
    kinds = [kind["$ref"].rpartition("/")[2] for kind in data["data"]["anyOf"]]
    assert kinds == ["RosterChange", "DigestContent"]


if __name__ == "__main__":
    for list_path, list_gaps in GAPS.items():
        list_path.write_text("".join(f"{place}\n" for place in _list_places(list_gaps)), "utf-8")
