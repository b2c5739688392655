"""What HTTP itself asks of a request, answered before the routes: the same for each of them.

All routes, pages too: `HEAD` wherever there is `GET`, `OPTIONS`, and a 405 whose `Allow` is
complete. Routes of the API: media types (415, 406), parameters that nobody reads, keys that nothing
honours, and the headers of a route that will end (RFC 9110, 9745, 8594).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl

import mimeparse
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from shared.web.asgi import ASGI, Message, Receive, Send
from shared.web.error_answers import answer_problem
from shared.web.negotiation import choose_media_type
from shared.web.problems import FieldProblem, ProblemDescription
from shared.web.route_table import IDEMPOTENCY_KEY, JSON, ContractTable, RouteContract
from shared.web.sessions import SAFE_METHODS

SCOPE_KEY = "attesta.route"
"""Where the middleware behind this one finds the contract of the request's route."""

MAX_NAMED_PARAMETERS = 10
"""Of the unknown parameters of a request; more are not told one by one."""

_UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}


class RouteRules:
    """Holds each request to the contract of its route, or answers it."""

    def __init__(self, app: ASGI) -> None:
        self._app = app
        self._table: ContractTable | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one HTTP request; a path without any route is left to the application."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if self._table is None:
            self._table = ContractTable(scope["app"].routes)
        routes = self._table.find_routes(scope["path"])
        if not routes:
            return await self._app(scope, receive, send)
        route = _find_route(routes, scope["method"])
        if route is not None:
            return await self._hold_to_contract(route, scope, receive, send)
        scope["route"] = routes[0]
        allowed_methods = {"Allow": ", ".join(_list_methods(routes))}
        if scope["method"] == "OPTIONS":
            response = Response(status_code=HTTPStatus.NO_CONTENT, headers=allowed_methods)
        else:
            refusal = _describe_method(allowed_methods)
            response = await answer_problem(Request(scope, receive), refusal)
        await response(scope, receive, send)

    async def _hold_to_contract(
        self, route: RouteContract, scope: Message, receive: Receive, send: Send
    ) -> None:
        scope[SCOPE_KEY] = route
        if route.deprecation is not None:
            send = _add_headers(send, route.deprecation.headers)
        refusal = next(_find_refusals(route, scope), None) if route.is_documented else None
        if refusal is not None:
            scope["route"] = route
            response = await answer_problem(Request(scope, receive), refusal)
            return await response(scope, receive, send)
        if scope["method"] == "HEAD" and "HEAD" not in route.methods:
            return await _answer_head(self._app, scope, receive, send)
        await self._app(scope, receive, send)


def _find_route(routes: Sequence[RouteContract], method: str) -> RouteContract | None:
    """The first route that takes the method; `HEAD` is taken by what takes `GET`."""
    methods = {method, "GET"} if method == "HEAD" else {method}
    return next((route for route in routes if route.methods & methods), None)


def _list_methods(routes: Sequence[RouteContract]) -> list[str]:
    """The methods of a path, with those that are answered for every route."""
    methods = {method for route in routes for method in route.methods} | {"OPTIONS"}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


async def _answer_head(app: ASGI, scope: Message, receive: Receive, send: Send) -> None:
    """Answers with the headers of `GET`. What would be streamed is broken off."""
    has_ended = False

    async def send_head(message: Message) -> None:
        nonlocal has_ended
        if message["type"] != "http.response.body":
            return await send(message)
        if has_ended:
            raise OSError("the answer to HEAD has ended")
        has_ended = True
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        if message.get("more_body", False):
            raise OSError("the answer to HEAD has ended")

    scope["method"] = "GET"
    try:
        await app(scope, receive, send_head)
    except Exception:  # whatever a broken stream raises on its way
        if not has_ended:
            raise
    finally:
        scope["method"] = "HEAD"


def _add_headers(send: Send, headers: dict[str, str]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            response_headers = MutableHeaders(scope=message)
            for name, value in headers.items():
                response_headers.append(name, value)
        await send(message)

    return send_with_headers


def _find_refusals(route: RouteContract, scope: Message) -> Iterator[ProblemDescription]:
    """Why HTTP or the route's declaration refuses the request; nothing of its body is read."""
    headers = Headers(scope=scope)
    names = _count_parameters(scope["query_string"])
    unknown_names = [name for name in names if name not in route.query_names]
    if unknown_names:
        yield _describe_parameters(unknown_names[:MAX_NAMED_PARAMETERS])
    elif any(count > 1 for count in names.values()):
        yield _describe_repetition([name for name, count in names.items() if count > 1])
    is_write = scope["method"] not in {*SAFE_METHODS, "OPTIONS"}
    if is_write and IDEMPOTENCY_KEY in headers and not route.takes_idempotency_key:
        yield _describe_key()
    if _has_body(headers) and route.request_types:
        yield from _find_body_refusals(route.request_types, headers)
    if not _is_acceptable(route.answer_types, ",".join(headers.getlist("accept"))):
        yield ProblemDescription(
            status=HTTPStatus.NOT_ACCEPTABLE,
            rule="request.not_acceptable",
            title="Not acceptable",
            detail=f"The answer is {' or '.join(route.answer_types)}. Ask for it in Accept.",
            headers={"Vary": "Accept"},
        )


def _count_parameters(query: bytes) -> Counter[str]:
    """How often each parameter stands in the query; no route takes one more than once."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else ()
    return Counter(name for name, _ in pairs)


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _find_body_refusals(types: Sequence[str], headers: Headers) -> Iterator[ProblemDescription]:
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        yield ProblemDescription(
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            rule="request.encoding",
            title="Unsupported media type",
            detail="Send the body as it is, without Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )
    if not _is_taken(types, headers.get("content-type", "")):
        yield ProblemDescription(
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            rule="request.media_type",
            title="Unsupported media type",
            detail=f"Send the body as {' or '.join(types)}, and name it in Content-Type.",
            headers={"Accept": ", ".join(types)},
        )


def _is_taken(types: Sequence[str], content_type: str) -> bool:
    """Whether a body of this type is one of those; JSON has subtypes, and is in UTF-8.

    A patch is no such subtype: it says what to change, and would be read as the whole.
    """
    try:
        main_type, subtype, parameters = mimeparse.parse_mime_type(content_type)
    except mimeparse.MimeTypeParseException:
        return False
    media_type = f"{main_type}/{subtype}".lower()
    if JSON in types and re.fullmatch(r"application/.+(?<!-patch)\+json", media_type):
        media_type = JSON
    is_utf_8 = str(parameters.get("charset", "utf-8")).strip('"').lower() in _UTF_8
    return media_type in types and (is_utf_8 or not media_type.endswith("json"))


def _is_acceptable(types: Sequence[str], accept: str) -> bool:
    """Whether the header takes one of these types; any takes a route that names none."""
    return not types or choose_media_type(types, accept) is not None


def _describe_method(headers: dict[str, str]) -> ProblemDescription:
    return ProblemDescription(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        rule="http.method_not_allowed",
        title="Method not allowed",
        detail=f"This address takes {headers['Allow']}.",
        headers=headers,
    )


def _describe_parameters(names: Sequence[str]) -> ProblemDescription:
    """Every unknown parameter by its name, which the client knows; its value is not repeated."""
    problems = [
        FieldProblem(
            pointer=f"#query/{_escape_pointer(name[:100])}",
            rule="request.unknown_parameter",
            detail="There is no such parameter. Check its name, or leave it out.",
        )
        for name in names
    ]
    return ProblemDescription(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        rule="request.unknown_parameter",
        title="The request is not valid",
        detail="The query has a parameter that this address does not know: it would be ignored.",
        field_problems=problems,
    )


def _describe_repetition(names: Sequence[str]) -> ProblemDescription:
    """Every parameter of which a second value would take the place of the first."""
    problems = [
        FieldProblem(
            pointer=f"#query/{name}",
            rule="request.repeated_parameter",
            detail="Send one value for this parameter.",
        )
        for name in names
    ]
    return ProblemDescription(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        rule="request.repeated_parameter",
        title="The request is not valid",
        detail="The query has a parameter more than once: only one value would be read.",
        field_problems=problems,
    )


def _escape_pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _describe_key() -> ProblemDescription:
    detail = "Nothing is made here that a repetition could make twice: leave the key out."
    field_problem = FieldProblem(
        pointer=f"#header/{IDEMPOTENCY_KEY}", rule="idempotency.not_taken", detail=detail
    )
    return ProblemDescription(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        rule="idempotency.not_taken",
        title="The request is not valid",
        detail=detail,
        field_problems=[field_problem],
    )
