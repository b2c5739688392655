"""The OpenAPI document, made of what each route declares and of what is true of all routes.

FastAPI writes the bodies, parameters and schemas. What it cannot know is added here: the scopes of
the guards, every status that guards and rules of HTTP can give, headers of answers, media types of
what is no JSON, and names that generated clients can use.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from shared.metrics.registry import VERSION
from shared.settings import Settings
from shared.web.api_components import complete_schemas, prune_components
from shared.web.api_examples import add_examples, restore_examples
from shared.web.api_headers import HEADERS, IF_NONE_MATCH, PARAMETERS, list_headers
from shared.web.api_schemas import clean_parameters, move_definitions, rename_schemas
from shared.web.api_tags import describe_tags
from shared.web.contents import ADDED_HEADERS, BINARY_TYPE, OMITTED_HEADERS
from shared.web.guards import Allow, AllowPage, AllowWrites, list_guards
from shared.web.problem_documents import MEDIA_TYPE, Problem
from shared.web.route_table import JSON, ContractTable, RouteContract, find_success_status
from shared.web.sessions import SAFE_METHODS

DESCRIPTION = """\
Requests and answers are JSON in UTF-8, unless an operation says otherwise; days are civil days of
the site's time zone, instants have their offset. A refusal is a problem document (RFC 9457): `rule`
is stable, `/v1/problems` explains each, `Accept-Language` chooses the language of its words.
Parameters that an operation does not know are refused. A list has its page in `items`; where `next`
is not null, the same request with it as `cursor` gives the next page. What has an `ETag` answers
304 to `If-None-Match`. Every answer names the request in `X-Correlation-ID`.
"""

BEARER = "bearer"
SECURITY_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token (RFC 9068) of the site's OIDC provider, checked as RFC8725"
        " asks for. Its `scope` says what may be done, its claims `centre`, `council` and"
        " `employer` for whom.",
    }
}
TEXT_TYPES = ("text/", "application/x-ndjson", "application/jose")
"""How media types begin whose content is text."""

ALWAYS = (400, 422, 500, 503)
"""The statuses that every operation can give: U+0000, unknown parameters, defects, no database."""

DESCRIPTIONS: Mapping[int, str] = {
    304: "Nothing has changed since the representation that If-None-Match names.",
    400: "The request cannot be read.",
    401: "No valid token was sent.",
    403: "The token lacks the scope, or what it would reach is somebody else's.",
    404: "There is no such thing, or the caller may not know of it.",
    406: "The answer has none of the media types of Accept.",
    409: "The present state forbids it.",
    410: "There was such a thing; it is no longer kept.",
    412: "The request's condition does not hold: what it names has changed, or is as it was.",
    413: "The body is too large.",
    415: "The body has another media type than this operation takes.",
    422: "A value, a parameter or a rule refuses the request; `errors` names the members.",
    429: "Too many requests; Retry-After says when to try again.",
    500: "The service failed; tell us the `instance`.",
    503: "Something that the service needs does not answer; try again.",
}


def build_document(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The document of the application's routes, those of the API and of operations."""
    routes: list[BaseRoute] = list(app.routes)
    document = get_openapi(
        title=app.title,
        version=VERSION,
        summary=app.summary,
        description=DESCRIPTION,
        routes=routes,
        webhooks=app.webhooks.routes,
        servers=[{"url": settings.site_url, "description": "This site"}],
    )
    problem = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    components["securitySchemes"] = SECURITY_SCHEMES
    components["headers"] = HEADERS
    components["parameters"] = PARAMETERS
    for contract, method in list_operations(ContractTable(routes)):
        operation = document["paths"][contract.path_format][method.lower()]
        _complete_operation(operation, contract, method)
        move_definitions(operation.get("requestBody", {}), schemas)
    for item in document.get("webhooks", {}).values():
        for operation in item.values():
            del operation["responses"]["422"]  # nobody checks here what a portal is sent
            clean_parameters(operation)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["tags"] = describe_tags(document)
    prune_components(document)
    document = rename_schemas(document)
    complete_schemas(document)
    add_examples(document["components"]["schemas"])
    return document


def list_operations(table: ContractTable) -> Iterator[tuple[RouteContract, str]]:
    """Every documented route with each of its methods."""
    for contract in table.contracts:
        if contract.is_documented:
            yield from ((contract, method) for method in sorted(contract.methods))


def list_statuses(contract: RouteContract, method: str) -> set[int]:
    """The statuses of refusals that an operation can give, by its guards and its declaration."""
    own_statuses = {int(status) for status in contract.context.responses if str(status).isdigit()}
    statuses = {status for status in own_statuses if status >= HTTPStatus.BAD_REQUEST} | {*ALWAYS}
    if _list_scopes(contract, method):
        statuses |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if "{" in contract.path:
        statuses.add(HTTPStatus.NOT_FOUND)
    is_asked_again = method == "POST" and "If-None-Match" in contract.header_names
    if "If-Match" in contract.header_names or is_asked_again:
        statuses.add(HTTPStatus.PRECONDITION_FAILED)
    else:
        statuses.discard(HTTPStatus.PRECONDITION_FAILED)
    if contract.request_types:
        statuses |= {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    if contract.answer_types:
        statuses.add(HTTPStatus.NOT_ACCEPTABLE)
    return {int(status) for status in statuses}


def _complete_operation(operation: dict[str, Any], contract: RouteContract, method: str) -> None:
    scopes = _list_scopes(contract, method)
    operation["security"] = _describe_security(contract, scopes)
    if scopes:
        one_of = " or ".join(f"`{scope}`" for scope in scopes)
        words = operation.get("description", "").rstrip()
        operation["description"] = f"{words}\n\nAsks for the scope {one_of}.".strip()
    if contract.deprecation is not None:
        operation["deprecated"] = True
    clean_parameters(operation)
    _describe_request(operation)
    responses = operation["responses"]
    success = str(find_success_status(contract.context))
    _describe_success(responses.setdefault(success, {"description": ""}), contract, method)
    if method == "GET" and "ETag" in responses[success].get("headers", {}):
        parameters = operation.get("parameters", [])
        parameters = [item for item in parameters if item.get("name") != "If-None-Match"]
        operation["parameters"] = [*parameters, IF_NONE_MATCH]
        responses["304"] = {
            "description": DESCRIPTIONS[304],
            "headers": responses[success]["headers"],
        }
    for status in sorted(list_statuses(contract, method)):
        if "model" in contract.context.responses.get(status, {}):
            # No problem, but an answer of the route's own.
            responses[str(status)]["headers"] = list_headers("X-Correlation-ID", "Retry-After")
        else:
            responses[str(status)] = _describe_refusal(status, contract)
    restore_examples(operation, contract.context)


def _list_scopes(contract: RouteContract, method: str) -> list[str]:
    """The scopes one of which the guards ask for, on this method; none of what everybody may."""
    scopes: dict[str, None] = {}
    for guard in list_guards(contract.context.dependant):
        is_open = isinstance(guard, AllowWrites) and method in SAFE_METHODS
        if isinstance(guard, Allow) and not isinstance(guard, AllowPage) and not is_open:
            scopes |= dict.fromkeys(map(str, guard.scopes))
    return list(scopes)


def _describe_security(contract: RouteContract, scopes: list[str]) -> list[dict[str, list[str]]]:
    """One of the scopes; nothing; or a token that may be left out, where a bad one is refused."""
    if scopes:
        return [{BEARER: [scope]} for scope in scopes]
    return [{}, {BEARER: []}] if HTTPStatus.UNAUTHORIZED in contract.context.responses else []


def _describe_request(operation: dict[str, Any]) -> None:
    """Media types of bodies that a route reads itself have a schema, too."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        content.setdefault("schema", _describe_bytes(media_type))


def _describe_success(response: dict[str, Any], contract: RouteContract, method: str) -> None:
    status = find_success_status(contract.context)
    response.setdefault("description", "")
    if response["description"] in {"", "Successful Response"}:
        response["description"] = contract.context.summary or HTTPStatus(status).phrase
    if status == HTTPStatus.NO_CONTENT:
        response.pop("content", None)
    elif contract.answer_types != (JSON,):
        contents: dict[str, Any] = response.get("content", {})
        types = contract.answer_types or tuple(contents) or (BINARY_TYPE,)
        response["content"] = {
            media_type.partition(";")[0]: _describe_content(media_type, contents.get(media_type))
            for media_type in types
        }
    omitted_names = response.pop(OMITTED_HEADERS, ())
    names = [*_list_success_headers(contract, method), *response.pop(ADDED_HEADERS, ())]
    response["headers"] = list_headers(*(name for name in names if name not in omitted_names))


def _list_success_headers(contract: RouteContract, method: str) -> Iterator[str]:
    yield "X-Correlation-ID"
    is_json = JSON in contract.answer_types
    if method == "GET":
        if "If-None-Match" in contract.header_names or not _is_streamed(contract):
            yield "ETag"
    elif is_json and ({"If-Match", "If-None-Match"} & set(contract.header_names)):
        yield "ETag"
    if find_success_status(contract.context) in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
        yield "Location"
    if "cursor" in contract.query_names:
        yield "Link"
    if HTTPStatus.TOO_MANY_REQUESTS in contract.context.responses:
        yield from ("RateLimit", "RateLimit-Policy")
    if contract.deprecation is not None:
        yield from ("Deprecation", "Sunset", "Link")


def _is_streamed(contract: RouteContract) -> bool:
    """Whether nobody has the whole answer to make an entity tag of it."""
    response_class = contract.context.response_class
    return isinstance(response_class, type) and issubclass(response_class, StreamingResponse)


def _describe_refusal(status: int, contract: RouteContract) -> dict[str, Any]:
    names = ["X-Correlation-ID", "Content-Language"]
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        names.append("WWW-Authenticate")
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        names.append("Retry-After")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        names += ["RateLimit", "RateLimit-Policy"]
    own_response = contract.context.responses.get(status, {})
    own_words = own_response.get("description")
    is_plain = own_words in {None, "", HTTPStatus(status).phrase}
    return {
        "description": DESCRIPTIONS.get(status, HTTPStatus(status).phrase)
        if is_plain
        else own_words,
        "headers": list_headers(
            *(name for name in names if name not in own_response.get(OMITTED_HEADERS, ()))
        ),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _describe_content(media_type: str, content: dict[str, Any] | None) -> dict[str, Any]:
    """The content of a success; what its class of response alone says is less than the type."""
    schema = dict((content or {}).get("schema", {}))
    schema.pop("title", None)
    if schema in ({}, {"type": "string"}):
        schema = _describe_bytes(media_type)
    return {**(content or {}), "schema": schema}


def _describe_bytes(media_type: str) -> dict[str, str]:
    """The schema of a content that JSON Schema cannot describe."""
    if media_type.startswith(TEXT_TYPES):
        return {"type": "string"}
    return {"type": "string", "format": "binary"}
