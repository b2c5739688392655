"""The peer: Starlette and asyncpg, nothing else. No authentication, no limits, no log, no rules.

`uvicorn --factory deploy.bench.peer:create`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import asyncpg
from pydantic_core import from_json, to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_COLUMNS = "number, issued_on, valid_until, ends_on, qualification ->> 'name' AS qualification"
_SELECT_ONE = f"SELECT {_COLUMNS} FROM certificate WHERE number = $1 AND issued_on = $2"  # noqa: S608
_SELECT_MANY = f"SELECT {_COLUMNS} FROM certificate WHERE number = ANY($1)"  # noqa: S608


async def _skip_reset(_: object) -> None:
    """Leaves a released connection as it is, like the service."""


def create() -> Starlette:
    """The peer's application; the database's address comes from the environment."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        url = os.environ["ATTESTA_CERTIFICATES_DATABASE_URL"]
        async with asyncpg.create_pool(url, min_size=0, max_size=10, reset=_skip_reset) as pool:
            app.state.pool = pool
            yield

    async def verify_one(request: Request) -> Response:
        params = request.query_params
        day = date.fromisoformat(params["issued_on"])
        row = await request.app.state.pool.fetchrow(_SELECT_ONE, params["number"], day)
        return Response(to_json(dict(row) if row else None), media_type="application/json")

    async def verify_many(request: Request) -> Response:
        numbers = [question["number"] for question in from_json(await request.body())]
        rows = await request.app.state.pool.fetch(_SELECT_MANY, numbers)
        return Response(to_json([dict(row) for row in rows]), media_type="application/json")

    routes = [Route("/one", verify_one), Route("/many", verify_many, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)
