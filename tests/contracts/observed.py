"""Holds every answer that a test gets to the OpenAPI document of the service that gives it.

So each test of a route is one of its document, too: status, media type, headers, and the content by
its schema, the lines of NDJSON by theirs.
"""

import json
from collections.abc import Iterator, MutableMapping
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema_rs
from fastapi import FastAPI
from jsonpointer import JsonPointer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import ndjson
from shared.web.api_headers import HEADERS
from shared.web.openapi import build_document
from shared.web.route_rules import SCOPE_KEY
from shared.web.route_table import RouteContract

GIVEN_BY_ALL = {"X-Correlation-ID"}
_URI = "urn:attesta:document"
"""By which the schemas of answers are found in the document."""
_documents: dict[tuple[str, frozenset[str]], "Document"] = {}


class Document:
    """The document of one service, and what its answers must be."""

    def __init__(self, app: FastAPI) -> None:
        self._content = build_document(app, app.state.resources.settings)
        self._registry = jsonschema_rs.Registry(
            [(_URI, self._content)], draft=jsonschema_rs.Draft202012
        )
        self._find_validator = cache(self._build_validator)

    def find_faults(
        self, route: RouteContract, method: str, answer: httpx.Response
    ) -> Iterator[str]:
        """What the document does not say of this answer, or says otherwise."""
        operation_method = "get" if method == "HEAD" else method.lower()
        operation = self._content["paths"][route.path_format].get(operation_method)
        response = operation["responses"].get(str(answer.status_code)) if operation else None
        if response is None:
            yield f"the status {answer.status_code}"
            return
        yield from _find_header_faults(response, operation_method, answer)
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        if method == "HEAD" or not answer.content:
            return
        if media_type not in response.get("content", {}):
            yield f"the media type {media_type} of {answer.status_code}"
            return
        pointer = (route.path_format, operation_method, str(answer.status_code), media_type)
        yield from self._find_content_faults(pointer, answer)

    def _find_content_faults(
        self, pointer: tuple[str, str, str, str], answer: httpx.Response
    ) -> Iterator[str]:
        media_type = pointer[-1]
        if media_type == ndjson.MEDIA_TYPE:
            values = [json.loads(line) for line in answer.text.splitlines() if line.strip()]
        elif media_type.endswith("json"):
            values = answer.json()
        else:
            return
        for error in self._find_validator(*pointer).iter_errors(values):
            yield f"{list(error.instance_path)}: {error.message[:300]}"

    def _build_validator(
        self, path: str, method: str, status: str, media_type: str
    ) -> jsonschema_rs.Draft202012Validator:
        """One that refers to the document: a copy of it in each of hundreds takes gigabytes."""
        steps = ["paths", path, method, "responses", status, "content", media_type, "schema"]
        if media_type == ndjson.MEDIA_TYPE:
            steps.append("contentSchema")
        pointer = JsonPointer.from_parts(steps)
        schema = (
            {"$ref": f"{_URI}#{quote(pointer.path)}"} if pointer.get(self._content, None) else {}
        )
        return jsonschema_rs.Draft202012Validator(
            schema, registry=self._registry, validate_formats=True
        )


def _find_header_faults(
    response: dict[str, Any], method: str, answer: httpx.Response
) -> Iterator[str]:
    """Headers that are sent and not told of, and addresses and tags that are promised in vain."""
    documented_names = response.get("headers", {}).keys() | GIVEN_BY_ALL
    for name in HEADERS:
        if name in answer.headers and name not in documented_names:
            yield f"the header {name} of {answer.status_code}"
    is_storable = "no-store" not in answer.headers.get("Cache-Control", "")
    promised_names = {"Location"} if answer.status_code != httpx.codes.OK else set()
    if method == "get" and is_storable:
        promised_names.add("ETag")
    for name in promised_names & documented_names:
        if name not in answer.headers:
            yield f"{answer.status_code} lacks the header {name}"


class ObservedAnswers:
    """The application with a look at each of its answers; what is wrong is told to the client."""

    def __init__(self, app: FastAPI) -> None:
        self._app: ASGIApp = app
        self._document = _find_document(app)
        self.faults: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: MutableMapping[str, Any] = {}
        chunks: list[bytes] = []

        async def send_and_keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            chunks.append(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, send_and_keep)
        route: RouteContract | None = scope.get(SCOPE_KEY)
        if start and self._document is not None and route is not None and route.is_documented:
            headers = [
                (name, value) for name, value in start["headers"] if name != b"content-encoding"
            ]
            coded = len(headers) < len(start["headers"])
            content = b"" if coded else b"".join(chunks)
            answer = httpx.Response(start["status"], headers=headers, content=content)
            place = f"{scope['method']} {route.path}"
            self.faults += [
                f"{place}: {fault}"
                for fault in self._document.find_faults(route, scope["method"], answer)
            ]

    async def report_faults(self, _: httpx.Response) -> None:
        """For a client's hook: fails the test whose request was answered otherwise than said."""
        faults = self.faults[:]
        self.faults.clear()
        assert not faults, f"the document does not say so: {faults}"


def _find_document(app: FastAPI) -> Document | None:
    """The document of a service; none of an application that a test makes for itself."""
    if not app.title.startswith("Attesta ") or not hasattr(app.state, "resources"):
        return None
    key = (app.title, frozenset(str(getattr(route, "path", "")) for route in app.routes))
    if key not in _documents:
        _documents[key] = Document(app)
    return _documents[key]
