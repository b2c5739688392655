"""Parts that tests are made of: a clock to set, databases to use up, conditions to wait for."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import uvicorn
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local.ports import HOST, Ports
from shared.settings import Settings
from tests import tokens

Found = TypeVar("Found")
Given = TypeVar("Given", bound=Settings)


class ManualClock:
    """A clock that stands still until it is set."""

    def __init__(self, instant: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.instant

    def advance(self, **duration: float) -> None:
        """Moves it on, e.g. `advance(days=1)`."""
        self.instant += timedelta(**duration)


class Databases:
    """Fresh databases on a real server: each service's is migrated once, then copied."""

    def __init__(self, server_url: str) -> None:
        self._server = make_url(server_url)
        self._templates: dict[str, str] = {}

    async def create(self, settings: Callable[[str], Settings]) -> str:
        """The url of a new, migrated database for the service whose settings the callable makes."""
        service = settings(self._url("postgres")).service
        if service not in self._templates:
            template = f"template_{service}_{uuid4().hex[:8]}"
            await self._execute(f"CREATE DATABASE {template}")
            await asyncio.to_thread(self._migrate, service, settings(self._url(template)))
            self._templates[service] = template
        name = f"{service}_{uuid4().hex[:12]}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {self._templates[service]}")
        return self._url(name)

    @asynccontextmanager
    async def fresh(self, settings: Callable[[str], Given]) -> AsyncIterator[Given]:
        """Settings that name a new, migrated database, which is gone afterwards."""
        url = await self.create(settings)
        try:
            yield settings(url)
        finally:
            await self.drop(url)

    async def drop(self, url: str) -> None:
        """Removes a database, whoever is still connected."""
        await self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    @staticmethod
    def _migrate(service: str, settings: Settings) -> None:
        config = Config("alembic.ini", ini_section=service)
        config.attributes["settings"] = settings
        command.upgrade(config, "head")

    async def _execute(self, statement: str) -> None:
        url: URL = self._server.set(drivername="postgresql+asyncpg", database="postgres")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


@asynccontextmanager
async def serving(
    app: FastAPI, headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, with its lifespan; a 500 is an answer, as over the wire.

    It plays every part in the procedure, unless the headers say otherwise.
    """
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://test",
            headers=tokens.everything() if headers is None else headers,
        ) as client,
    ):
        yield client


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The address of the application behind a real server, in a thread of its own."""
    port = Ports.unused().catalog
    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def eventually(
    probe: Callable[[], Awaitable[Found | None]], what: str, seconds: float = 30
) -> Found:
    """The first truthy answer of `probe`; fails, naming what it waited for, after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = await probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}; last seen: {found!r}")
        await asyncio.sleep(0.05)


def assert_problem(
    response: httpx.Response, status: int, rule: str, pointer: str | None = None
) -> dict[str, Any]:
    """Checks that the answer is a problem document of this rule, naming this field."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    rules = {document["rule"], *(fault["rule"] for fault in document["errors"])}
    assert rule in rules, document
    assert document["status"] == status
    assert document["detail"]
    if pointer is not None:
        assert pointer in {fault["pointer"] for fault in document["errors"]}, document
    return document
