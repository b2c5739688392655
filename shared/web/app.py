"""create_app(): the HTTP process of a service, the same for all three."""

import gc
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import Lifespan

from shared import logs
from shared.db import Database
from shared.settings import Settings
from shared.tracing_export import export_spans
from shared.web import guards, health, operations, problems
from shared.web.middleware import RequestLimits, Tracing
from shared.web.resources import Resources


def create_app(
    resources: Resources[Settings],
    routers: Sequence[APIRouter],
    *,
    summary: str,
    upload_limit_bytes: int = 0,
    unrecorded_paths: Collection[str] = (),
) -> FastAPI:
    """The application of one service.

    `upload_limit_bytes` bounds multipart and NDJSON bodies, which are refused when it is 0. For
    requests to `unrecorded_paths` no span is sent to the collector of traces.
    """
    settings, database = resources.settings, resources.database
    logs.configure_logging(settings.service, "http", settings.log_level, settings.log_format)
    export_spans(settings, "http", database.engine)
    app = FastAPI(
        title=f"Attesta {settings.service}",
        summary=summary,
        version="1",
        lifespan=_build_lifespan(database, freeze=settings.freeze_after_start),
        responses=problems.problem_responses(400, 413, 422, 500, 503),
    )
    app.state.resources = resources
    problems.install_error_handlers(app)
    app.add_middleware(
        RequestLimits, body_bytes=settings.request_body_limit_bytes, upload_bytes=upload_limit_bytes
    )
    app.add_middleware(Tracing, unrecorded_paths=frozenset(unrecorded_paths))
    checks = health.database_checks(database, settings.service)
    app.include_router(health.build_health_routes(checks), dependencies=[Depends(guards.PUBLIC)])
    app.include_router(operations.router)
    for router in routers:
        app.include_router(router)
    guards.deny_by_default(app)
    return app


def _build_lifespan(database: Database, *, freeze: bool) -> Lifespan[FastAPI]:
    """Closes the database at the end; `freeze` ends the search for garbage in what the start made.

    Half a million objects that live as long as the process would be looked through while large
    answers are made, which doubled their cost.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if freeze:
            gc.collect()
            gc.freeze()
        yield
        await database.close()

    return lifespan
