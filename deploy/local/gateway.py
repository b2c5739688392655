"""The gateway of a local stack: one address for all services, by the table of `deploy.gateway`.

    python -m deploy.local.gateway --port 8000 catalog=http://127.0.0.1:8001[,http://...] ...

Bodies pass as they come, in both directions; headers pass untouched but for those of the hop, and
for what only the gateway knows: who asks. Of several processes of a service those that are ready
are asked by turns, and another one where the first lets nobody in. When a service does not answer,
the gateway says so itself.
"""

import argparse
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import anyio
import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from deploy.gateway.table import RouteTable, split_path
from deploy.gateway.unavailable import (
    CONNECT_SECONDS,
    PROBLEM_MEDIA_TYPE,
    PROBLEM_PREFIXES,
    RETRY_HEADERS,
    SILENCE_SECONDS,
    STAND_IN_SECONDS,
    UnavailablePages,
    closed_problem,
    unavailable_problem,
)
from deploy.local.ports import HOST
from deploy.local.replicas import Replicas
from deploy.local.request_body import ClientGone, IncomingBody, cancel_when_client_leaves
from shared import logs
from shared.locale.accept_language import choose_language
from shared.pages.preferences import LANGUAGE_COOKIE

log = logs.get_logger(__name__)

STOP_SECONDS = 3
"""What is still open then, such as live updates, is broken off when the gateway stops."""
KEPT_CONNECTION_SECONDS = 2.0
"""Less than uvicorn's own, so that no request meets a connection that is just being closed."""

HOP_HEADERS = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"te"),
        *(b"proxy-authorization", b"trailer", b"transfer-encoding", b"upgrade", b"expect"),
    }
)
"""Between two hops only (RFC 9110, 7.6.1)."""
WAY_HEADERS = frozenset(
    {
        *(b"forwarded", b"x-real-ip", b"x-forwarded-for", b"x-forwarded-proto"),
        *(b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix"),
    }
)
"""What a client may claim about the way of its request; only the gateway's own word counts."""

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""What may be sent to another process although the first may have got it (RFC 9110, 9.2.2)."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Forwarder:
    """Passes each request to its service, and the answer back."""

    table: RouteTable
    replicas: Mapping[str, Replicas]
    pages: UnavailablePages
    transport: httpx.AsyncBaseTransport
    time_limits: httpx.Timeout
    stand_in_limits: httpx.Timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one HTTP request; whoever leaves does not keep a service at work."""
        service = self.table.find_service(scope["path"])
        if service is None:
            problem = closed_problem(uuid4().hex)
            return await Response(problem, 404, media_type=PROBLEM_MEDIA_TYPE)(scope, receive, send)
        body = IncomingBody(receive)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel_when_client_leaves, body, tasks.cancel_scope)
            services = (service, *self.table.list_stand_ins(scope["path"]))
            await self._forward(services, body, scope, send)
            tasks.cancel_scope.cancel()

    async def _forward(
        self, services: Sequence[str], body: IncomingBody, scope: Scope, send: Send
    ) -> None:
        """Passes the answer of the first of these services that gives one."""
        time_limits = self.time_limits if len(services) == 1 else self.stand_in_limits
        try:
            for service in services:
                answer = await self._request_answer(service, body, scope, time_limits)
                if answer is not None:
                    await _pass_answer(answer, service, send)
                    return
        except ClientGone:
            return
        await self._build_unavailable_response(scope)(scope, body.receive, send)

    async def _request_answer(
        self, service: str, body: IncomingBody, scope: Scope, time_limits: httpx.Timeout
    ) -> httpx.Response | None:
        """The service's answer as it begins; None where it gives none. Raises `ClientGone`."""
        try:
            for address in self.replicas[service].list_by_turn():
                request = _build_request(address, body, scope)
                request.extensions["timeout"] = time_limits.as_dict()
                try:
                    return await self.transport.handle_async_request(request)
                except httpx.TransportError as error:
                    log.warning("service.unavailable", to=service, error=type(error).__name__)
                    if not _may_be_sent_again(scope["method"], body, error):
                        return None
            return None
        finally:
            body.end.set()

    def _build_unavailable_response(self, scope: Scope) -> Response:
        first_segment = next(iter(split_path(scope["path"])), "")
        if first_segment in PROBLEM_PREFIXES:
            problem = unavailable_problem(uuid4().hex)
            return Response(problem, 503, dict(RETRY_HEADERS), PROBLEM_MEDIA_TYPE)
        languages = tuple(self.pages.pages)
        language = _choose_language(first_segment, Request(scope), languages)
        return HTMLResponse(self.pages.pages[language], 503, self.pages.headers)


def _may_be_sent_again(method: str, body: IncomingBody, error: httpx.TransportError) -> bool:
    """Whether another process may get the request: the first has not, or may have it as well."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return True
    is_broken_off = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
    return is_broken_off and method in REPEATABLE_METHODS and not body.is_begun


def _choose_language(first_segment: str, request: Request, languages: Sequence[str]) -> str:
    """The language of the address, or that which the reader chose, or asks for."""
    cookies = (request.cookies.get(f"{host}{LANGUAGE_COOKIE}", "") for host in ("__Host-", ""))
    for code in (first_segment, *cookies):
        if code in languages:
            return code
    return choose_language(",".join(request.headers.getlist("Accept-Language")), languages)


def _build_request(address: str, body: IncomingBody, scope: Scope) -> httpx.Request:
    """The request as the service gets it, its path and query byte for byte as they came."""
    headers = _list_passed_headers(scope["headers"], WAY_HEADERS)
    named_headers = dict(scope["headers"])
    host = named_headers.get(b"host", b"")
    client = scope["client"][0] if scope["client"] else "unknown"
    headers += [
        (b"x-forwarded-for", client.encode()),
        (b"x-forwarded-proto", scope["scheme"].encode()),
        (b"x-forwarded-host", host),
    ]
    has_body = b"transfer-encoding" in named_headers or b"content-length" in named_headers
    if not has_body:
        body.end.set()
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    return httpx.Request(
        scope["method"],
        address,
        headers=headers,
        content=aiter(body) if has_body else None,
        extensions={"target": target},
    )


async def _pass_answer(answer: httpx.Response, service: str, send: Send) -> None:
    """Sends the answer and ends it, also where the service breaks off."""
    try:
        await _send_answer(answer, send)
    except httpx.TransportError as error:
        # The connection is closed without an end: the client sees that the answer is not whole.
        log.warning("service.broke_off", to=service, error=type(error).__name__)
    finally:
        with anyio.CancelScope(shield=True):
            await answer.aclose()


async def _send_answer(answer: httpx.Response, send: Send) -> None:
    """Sends the answer as it comes. Raises `httpx.TransportError` when the service breaks off."""
    await send(
        {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": _list_passed_headers(answer.headers.raw),
        }
    )
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    async for part in answer.stream:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _list_passed_headers(
    headers: Headers, refused_names: frozenset[bytes] = frozenset()
) -> Headers:
    """The headers but those of the hop, also those that `Connection` names, and `refused_names`."""
    lower_headers = [(name.lower(), value) for name, value in headers]
    connection = b",".join(value for name, value in lower_headers if name == b"connection")
    hop_names = {name.strip().lower() for name in connection.split(b",")}
    dropped_names = HOP_HEADERS | hop_names | refused_names
    return [(name, value) for name, value in lower_headers if name not in dropped_names]


def create(
    addresses: Mapping[str, Sequence[str]], silence_seconds: float = SILENCE_SECONDS
) -> Starlette:
    """The gateway to the services, each at one or several of these addresses."""
    # The transport alone: no cookies are kept, no redirect is followed, nothing is unpacked.
    transport = httpx.AsyncHTTPTransport(
        limits=httpx.Limits(max_connections=None, keepalive_expiry=KEPT_CONNECTION_SECONDS)
    )
    time_limits = httpx.Timeout(silence_seconds, connect=CONNECT_SECONDS)
    stand_in_limits = httpx.Timeout(min(silence_seconds, STAND_IN_SECONDS), connect=CONNECT_SECONDS)
    table, pages = RouteTable.read(), UnavailablePages.read()
    replicas = {service: Replicas(group) for service, group in addresses.items()}
    forwarder = Forwarder(table, replicas, pages, transport, time_limits, stand_in_limits)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with transport, anyio.create_task_group() as tasks:
            for group in replicas.values():
                tasks.start_soon(group.watch_readiness)
            yield
            tasks.cancel_scope.cancel()

    async def get_readiness(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ready"})

    routes = [Route("/health/ready", get_readiness), Mount("", forwarder)]
    return Starlette(routes=routes, lifespan=lifespan)


def run_gateway() -> None:
    """Runs the gateway of the command line until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.gateway", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--silence-seconds", type=float, default=SILENCE_SECONDS)
    parser.add_argument("services", nargs="+", metavar="SERVICE=URL[,URL]")
    arguments = parser.parse_args()
    logs.configure_logging("gateway", "http", "INFO", "json")
    pairs = (service.split("=", 1) for service in arguments.services)
    addresses = {service: places.split(",") for service, places in pairs}
    uvicorn.run(
        create(addresses, arguments.silence_seconds),
        host=HOST,
        port=arguments.port,
        access_log=False,
        log_config=None,
        # Nobody stands before it: what a request says of its way is a claim.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=STOP_SECONDS,
    )


if __name__ == "__main__":
    run_gateway()
