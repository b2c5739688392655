"""Applications to call: in this process, or behind a real server."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from deploy.local.ports import HOST
from tests import tokens
from tests.contracts.observed import ObservedAnswers
from tests.routes import forget_application

WIRE_SECONDS = 60.0
"""How long a client waits for a real server, whose cores browsers and other tests share."""


@asynccontextmanager
async def serving(
    app: FastAPI, headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, with its lifespan; a 500 is an answer, as over the wire.

    It plays every part in the procedure, unless the headers say otherwise. Every answer is held to
    the OpenAPI document of the application.
    """
    observed_answers = ObservedAnswers(app)
    transport = httpx.ASGITransport(observed_answers, raise_app_exceptions=False)
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport,
                base_url="http://test",
                headers=tokens.all_roles_headers() if headers is None else headers,
                event_hooks={"response": [observed_answers.report_faults]},
            ) as client,
        ):
            yield client
    finally:
        forget_application()


@contextmanager
def listening(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The address of the application behind a real server, in a thread of its own; 0: any port."""
    with socket.create_server((HOST, port)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.02)
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def silent_server() -> Iterator[tuple[str, Callable[[], int]]]:
    """The address of a server that takes connections and says nothing; how many it took."""
    connections: list[socket.socket] = []
    with socket.create_server((HOST, 0)) as listener:

        def accept_connections() -> None:
            with suppress(OSError):
                while True:
                    connections.append(listener.accept()[0])

        thread = threading.Thread(target=accept_connections)
        thread.start()
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}", lambda: len(connections)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in connections:
                connection.close()
