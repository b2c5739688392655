"""create_app(): the HTTP process of a service, the same for all three."""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI

from shared import logs
from shared.settings import Settings
from shared.web import guards, health, operations, problems
from shared.web.middleware import RequestLimits, Tracing
from shared.web.resources import Resources


def create_app(
    resources: Resources[Settings],
    routers: Sequence[APIRouter],
    *,
    summary: str,
    upload_limit_bytes: int = 0,
) -> FastAPI:
    """The application of one service.

    `upload_limit_bytes` bounds multipart and NDJSON bodies, which are refused when it is 0.
    """
    settings, database = resources.settings, resources.database
    logs.configure_logging(settings.service, "http", settings.log_level, settings.log_format)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.freeze_after_start:
            # Half a million objects that live as long as the process would be looked through while
            # large answers are made, which doubled their cost.
            gc.collect()
            gc.freeze()
        yield
        await database.close()

    app = FastAPI(
        title=f"Attesta {settings.service}",
        summary=summary,
        version="1",
        lifespan=lifespan,
        responses=problems.problem_responses(400, 413, 422, 500, 503),
    )
    app.state.resources = resources
    problems.install_error_handlers(app)
    app.add_middleware(
        RequestLimits, body_bytes=settings.request_body_limit_bytes, upload_bytes=upload_limit_bytes
    )
    app.add_middleware(Tracing)
    checks = health.database_checks(database, settings.service)
    app.include_router(health.build_health_routes(checks), dependencies=[Depends(guards.PUBLIC)])
    app.include_router(operations.router)
    for router in routers:
        app.include_router(router)
    guards.deny_by_default(app)
    return app
