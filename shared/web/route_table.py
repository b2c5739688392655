"""What each route of an application takes and gives, found in its declaration once.

Requests are held to it before the routes (`shared.web.route_rules`), and the OpenAPI document says
it (`shared.web.openapi`): so both speak of the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from fastapi import params
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel
from starlette.routing import BaseRoute

from shared.web.deprecation import Deprecated

JSON = "application/json"
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class RouteContract:
    """One route: `request_types` and `answer_types` are media types, none where there is no body.

    `is_documented` says that it belongs to the API, and is none of the pages.
    """

    path: str
    methods: frozenset[str]
    context: RouteContext
    is_documented: bool = False
    query_names: frozenset[str] = frozenset()
    header_names: frozenset[str] = frozenset()
    form_names: frozenset[str] = frozenset()
    request_types: tuple[str, ...] = ()
    answer_types: tuple[str, ...] = ()
    deprecation: Deprecated | None = None

    @property
    def path_format(self) -> str:
        """The path as the OpenAPI document writes it."""
        return self.context.path_format or self.path

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether a repetition with the same key makes nothing a second time."""
        return IDEMPOTENCY_KEY in self.header_names


class ContractTable:
    """The routes of one application by their paths, in the order in which they are tried."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        contexts = [
            context
            for context in iter_route_contexts(routes)
            if getattr(context, "path_regex", None) is not None
        ]
        self.contracts = tuple(map(_describe_route, contexts))
        self._expressions = [context.path_regex for context in contexts]
        self._by_plain_path = {
            contract.path: self._match_path(contract.path)
            for contract in self.contracts
            if "{" not in contract.path
        }

    def find_routes(self, path: str) -> Sequence[RouteContract]:
        """The routes of this path, of whatever methods."""
        return self._by_plain_path.get(path) or self._match_path(path)

    def _match_path(self, path: str) -> Sequence[RouteContract]:
        return tuple(
            contract
            for contract, expression in zip(self.contracts, self._expressions, strict=True)
            if expression.match(path)
        )


def list_dependants(dependant: Dependant) -> Iterator[Dependant]:
    """What the route depends on, itself first."""
    yield dependant
    for dependency in dependant.dependencies:
        yield from list_dependants(dependency)


def find_success_status(context: RouteContext) -> int:
    """The status of the route's answer where all is well."""
    return int(context.status_code or HTTPStatus.OK)


def _describe_route(context: RouteContext) -> RouteContract:
    path, methods = context.path or "", frozenset(context.methods or ())
    if not isinstance(context.original_route, APIRoute):
        return RouteContract(path, methods, context)
    dependants = list(list_dependants(context.dependant))
    markers = [item.call for item in dependants if isinstance(item.call, Deprecated)]
    return RouteContract(
        path,
        methods,
        context,
        is_documented=context.include_in_schema,
        query_names=frozenset(_list_names(item.query_params for item in dependants)),
        header_names=frozenset(_list_names(item.header_params for item in dependants)),
        form_names=frozenset(
            parameter.alias
            for item in dependants
            for parameter in item.body_params
            if isinstance(parameter.field_info, params.Form)
        ),
        request_types=_list_request_types(context),
        answer_types=_list_answer_types(context),
        deprecation=markers[0] if markers else None,
    )


def _list_names(groups: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The names of parameters as requests have them; of a model's fields where one holds many."""
    for parameter in (parameter for group in groups for parameter in group):
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (field.alias or name for name, field in model.model_fields.items())
        else:
            yield parameter.alias


def _list_request_types(context: RouteContext) -> tuple[str, ...]:
    """By the body's declaration, or as the route says of a body that it reads itself."""
    own_body: dict[str, Any] = (context.openapi_extra or {}).get("requestBody", {})
    if own_body.get("content"):
        return tuple(own_body["content"])
    if context.body_field is None:
        return ()
    body = context.body_field.field_info
    if isinstance(body, params.File):
        return (MULTIPART,)
    return (URLENCODED, MULTIPART) if isinstance(body, params.Form) else (JSON,)


def _list_answer_types(context: RouteContext) -> tuple[str, ...]:
    """Those that the route declares for its success; else those of its response's class."""
    status = find_success_status(context)
    if status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        return ()
    own_contents = context.responses.get(status, {}).get("content")
    if own_contents and context.response_field is None:
        return tuple(own_contents)
    response_class = context.response_class
    if isinstance(response_class, DefaultPlaceholder):
        if context.response_field is None:
            return ()  # the route makes its response itself, and does not say of which type
        response_class = response_class.value
    media_type = cast("str | None", response_class.media_type)
    return (media_type,) if media_type else ()
