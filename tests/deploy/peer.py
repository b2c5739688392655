"""A server to put behind a gateway, which tells what has reached it, and answers as it is asked."""

import hashlib
import threading
from collections.abc import AsyncIterator

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.responses import StreamingResponse as Stream
from starlette.routing import Route

FOLDER = "/v1/exports"
"""Of the catalog's in the table."""
PART = bytes(range(256)) * 256


class Peer:
    """The server's application, and what a test and it tell one another while a request runs."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        """Set by a test: the second line may be sent."""
        self.client_gone = threading.Event()
        """Set when a reader of endless events has left."""
        self.app = Starlette(
            routes=[
                Route(f"{FOLDER}/lines", self._stream_lines),
                Route(f"{FOLDER}/events", self._stream_events),
                Route(f"{FOLDER}/slow", self._wait),
                Route(f"{FOLDER}/large", _stream_large),
                Route(f"{FOLDER}/moved", _redirect),
                Route(f"{FOLDER}/refusal", _refuse_upload, methods=["POST"]),
                Route(f"{FOLDER}/busy", _refuse_for_now),
                Route("/{path:path}", _describe_request, methods=["GET", "POST", "PUT", "DELETE"]),
            ]
        )

    async def _stream_lines(self, _: Request) -> Response:
        async def iterate_lines() -> AsyncIterator[bytes]:
            yield b'{"line": 1}\n'
            await anyio.to_thread.run_sync(self.may_go_on.wait, 20)
            yield b'{"line": 2}\n'

        return Stream(iterate_lines(), media_type="application/x-ndjson")

    async def _stream_events(self, _: Request) -> Response:
        async def iterate_events() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"data: {}\n\n"
                    await anyio.sleep(0.05)
            finally:
                self.client_gone.set()

        return Stream(iterate_events(), media_type="text/event-stream")

    async def _wait(self, request: Request) -> Response:
        """Answers never; notices that the client has left."""
        await request.body()
        while not await request.is_disconnected():
            await anyio.sleep(0.02)
        self.client_gone.set()
        return PlainTextResponse("too late")


async def _stream_large(request: Request) -> Response:
    parts = int(request.query_params["parts"])

    async def iterate_parts() -> AsyncIterator[bytes]:
        for _ in range(parts):
            yield PART

    return Stream(iterate_parts(), media_type="application/octet-stream")


async def _redirect(_: Request) -> Response:
    response = RedirectResponse("/ru/qualifications", 307)
    response.set_cookie("first", "1", httponly=True, samesite="lax")
    response.set_cookie("second", "2")
    return response


async def _refuse_upload(_: Request) -> Response:
    return JSONResponse({"rule": "request.too_large"}, 413)


async def _refuse_for_now(_: Request) -> Response:
    return JSONResponse({"rule": "its.own"}, 503, {"Retry-After": "7"})


async def _describe_request(request: Request) -> Response:
    digest, size = hashlib.sha256(), 0
    async for part in request.stream():
        digest.update(part)
        size += len(part)
    return JSONResponse(
        {
            "method": request.method,
            "target": (request.scope["raw_path"] + b"?" + request.scope["query_string"]).decode(),
            "headers": [[name.decode(), value.decode()] for name, value in request.headers.raw],
            "client": request.client.host if request.client else None,
            "url": str(request.url),
            "size": size,
            "digest": digest.hexdigest(),
        }
    )
