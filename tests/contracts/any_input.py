"""Requests with anything in any of their places, made of a service's own document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from deploy.clients.documents import build_documents
from shared.web.route_table import JSON

SOME_ID = "11111111-1111-4111-8111-111111111111"
REQUEST_SETTINGS = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SCRIPTS = (
    *(
        "Ивaнoв",
        "и\u0306ё́",
        "王伟",
        "გელაშვილი",
        "علی\u200cرضا",
        "שלום",
        "ශ්\u200dරී",
        "नमस्ते",
        "한글",
    ),
    *("😀👩‍🚀", "\u202egpj.exe", "\ufeff\u200b", "\u3164", "\ue000", "\U0010ffff", "a\x07", "\x00"),
    *("\r", "\n\n", "'; DROP TABLE application; --", "=1+1", "٤٠١٢", "8,5", "NaN", "1e309"),
)
DAYS = st.dates().map(str) | st.sampled_from(
    ["0025-11-20", "9999-12-31", "0000-00-00", "2026-02-30", "31.03.2026", "-0001-01-01", "0"]
)
INSTANTS = st.sampled_from(
    ["9999-12-31T23:59:00-12:00", "0001-01-01T00:00:00+14:00", "2026-03-31T24:00:00Z", "0"]
)
INTEGERS = st.sampled_from(
    [-(2**63), -1, 0, 2**15, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(SCRIPTS) | DAYS
LONG_TEXTS = st.sampled_from(["x" * 140_000, "Щ" * 301, "9" * 400])
VALUES: st.SearchStrategy[Any] = (
    TEXTS
    | INSTANTS
    | INTEGERS
    | LONG_TEXTS
    | st.sampled_from([None, True, 1.5, -0.0, [], {}, [[]], {"x": 1}])
)


@dataclass(frozen=True, slots=True)
class StrangeRequest:
    """One request: what stands in it besides a strange value is as the document shows it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """The answer to the request; of what is streamed, the beginning."""
        content = None if self.body is None else json.dumps(self.body)
        headers = {} if content is None else {"Content-Type": JSON}
        return await client.request(
            self.method, self.path, params=self.query, content=content, headers=headers
        )


@cache
def describe_service(service: str) -> dict[str, Any]:
    """The service's OpenAPI document."""
    return build_documents()[service]


@st.composite
def strange_requests(draw: st.DrawFn, service: str) -> StrangeRequest:
    """A request of any operation of the service with one strange value in it."""
    document = describe_service(service)
    path, method, operation = draw(st.sampled_from(list(_list_operations(document))))
    parameters = [_resolve(document, item) for item in operation.get("parameters", [])]
    path_names = [item["name"] for item in parameters if item["in"] == "path"]
    query_names = [item["name"] for item in parameters if item["in"] == "query"]
    examples = _find_examples(document, operation)
    places = ["path"] * bool(path_names) + ["query"] * bool(query_names) + ["body"] * bool(examples)
    place = draw(st.sampled_from(places or ["nowhere"]))
    strange_name = draw(st.sampled_from(path_names)) if place == "path" else ""
    for name in path_names:
        text = draw(TEXTS | INTEGERS.map(str)) if name == strange_name else SOME_ID
        path = path.replace(f"{{{name}}}", _quote(text or SOME_ID))
    query = {}
    if place == "query":
        query = {draw(st.sampled_from(query_names)): draw(TEXTS | INTEGERS.map(str) | LONG_TEXTS)}
    body = draw(st.sampled_from(examples)) if examples else None
    if place == "body":
        leaf = draw(st.sampled_from(list(_list_leaves(body))))
        body = _replace_leaf(body, leaf, draw(VALUES))
    return StrangeRequest(method.upper(), path, query, body)


def _resolve(document: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    name = item.get("$ref", "").rpartition("/")[2]
    parameter: dict[str, Any] = document["components"]["parameters"][name] if name else item
    return parameter


def _quote(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _list_operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield path, method, operation


def _find_examples(document: dict[str, Any], operation: dict[str, Any]) -> Sequence[Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get(JSON, {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, schema)
    examples: list[Any] = schema.get("examples", [])
    return examples


def _list_leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values, those that hold others too."""
    if path:
        yield path
    members = enumerate(node) if isinstance(node, list) else ()
    for key, member in node.items() if isinstance(node, dict) else members:
        yield from _list_leaves(member, (*path, key))


def _replace_leaf(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = _replace_leaf(node[path[0]], path[1:], value)
    return copy


def assert_answered(answer: httpx.Response) -> None:
    """The request was carried out, or refused by a problem that says why; never a failure."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", answer.headers
        assert answer.json()["rule"], answer.text
