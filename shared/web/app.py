"""create_app(): the HTTP process of a service, the same for all three."""

import gc
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import RedirectResponse
from starlette.types import Lifespan

from shared import logs
from shared.db import Database
from shared.job_states.gauges import UPKEEP_INTERVALS, build_job_gauges
from shared.messaging.gauges import read_dead_letter_gauges, read_outbox_gauges
from shared.metrics.database import GaugeQuery, measure_pool, read_from_database
from shared.metrics.exposition import Exposition
from shared.principal import Scope
from shared.settings import Settings
from shared.shutdown import limit_server
from shared.tracing_export import export_spans
from shared.web import guards, health, operations
from shared.web.compression import Compression
from shared.web.cross_origin import CrossOrigin
from shared.web.documentation import build_documentation_routes
from shared.web.entity_tags import EntityTags
from shared.web.error_answers import FailurePages, install_error_handlers
from shared.web.metrics import build_metrics_routes
from shared.web.middleware import RequestLimits, Tracing, UnexpectedErrors
from shared.web.resources import Resources
from shared.web.route_rules import RouteRules


def create_app(
    resources: Resources[Settings],
    routers: Sequence[APIRouter],
    *,
    summary: str,
    upload_limit_bytes: int = 0,
    unrecorded_paths: Collection[str] = (),
    failure_pages: FailurePages | None = None,
    gauges: Mapping[str, GaugeQuery] | None = None,
    job_intervals: Mapping[str, float] | None = None,
) -> FastAPI:
    """The application of one service.

    `upload_limit_bytes` bounds multipart and NDJSON bodies, which are refused when it is 0. For
    `unrecorded_paths` no span is sent to the collector. Without `failure_pages` every failure is a
    problem document. `gauges` are read from the database for monitoring, by what they tell of;
    `job_intervals` are those of the service's scheduler, whose jobs are watched from here.
    """
    settings, database = resources.settings, resources.database
    logs.configure_logging(settings.service, "http", settings.log_level, settings.log_format)
    export_spans(settings, "http", database.engine)
    exposition = _build_exposition(settings, database, gauges or {}, job_intervals or {})
    app = FastAPI(
        title=f"Attesta {settings.service}",
        summary=summary,
        generate_unique_id_function=lambda route: route.name,
        openapi_url=None,  # see `shared.web.documentation`
        lifespan=_build_lifespan(resources, exposition),
    )
    app.state.resources = resources
    install_error_handlers(app, failure_pages)
    _add_middleware(app, settings, upload_limit_bytes, frozenset(unrecorded_paths))
    for router in (*_build_common_routers(settings, database, exposition), *routers):
        app.include_router(router)
    guards.deny_by_default(app)
    return app


def _add_middleware(
    app: FastAPI, settings: Settings, upload_bytes: int, unrecorded_paths: frozenset[str]
) -> None:
    """What every request passes through before the routes; the last one added is the first."""
    body_bytes = settings.request_body_limit_bytes
    app.add_middleware(EntityTags)
    app.add_middleware(Compression)
    app.add_middleware(RouteRules)
    app.add_middleware(CrossOrigin, settings=settings)
    app.add_middleware(RequestLimits, body_bytes=body_bytes, upload_bytes=upload_bytes)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(Tracing, unrecorded_paths=unrecorded_paths)


def _build_exposition(
    settings: Settings,
    database: Database,
    gauges: Mapping[str, GaugeQuery],
    job_intervals: Mapping[str, float],
) -> Exposition:
    """The metrics of the service; those that its database tells outlive its other processes."""
    queries: dict[str, GaugeQuery] = {
        "outbox": read_outbox_gauges,
        "dead_letters": read_dead_letter_gauges,
        "jobs": build_job_gauges({**UPKEEP_INTERVALS, **job_intervals}),
        **gauges,
    }
    readers = {source: read_from_database(database, query) for source, query in queries.items()}
    return Exposition(settings, [partial(measure_pool, database, settings)], readers)


def _build_common_routers(
    settings: Settings, database: Database, exposition: Exposition
) -> list[APIRouter]:
    """What every service answers: health, metrics, its operation, where its documents are."""
    health_router = APIRouter(dependencies=[Depends(guards.PUBLIC)])
    checks = health.database_checks(database, settings.service)
    health_router.include_router(health.build_health_routes(checks))
    metrics_router = APIRouter(dependencies=[Depends(guards.Allow(Scope.OPERATE))])
    metrics_router.include_router(build_metrics_routes(exposition))
    redirects = _build_document_redirects(settings.service)
    documentation = build_documentation_routes(settings.service)
    return [health_router, metrics_router, operations.router, documentation, redirects]


def _build_document_redirects(service: str) -> APIRouter:
    """`/docs` and `/openapi.json` on the service's own port lead to its documents.

    Behind the gateway several services share one address, so the documents carry the name.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(guards.PUBLIC)])

    @router.get("/docs")
    async def redirect_to_docs() -> RedirectResponse:
        return RedirectResponse(f"/docs/{service}")

    @router.get("/openapi.json")
    async def redirect_to_openapi() -> RedirectResponse:
        return RedirectResponse(f"/openapi/{service}.json")

    return router


def _build_lifespan(resources: Resources[Settings], exposition: Exposition) -> Lifespan[FastAPI]:
    """Closes the database at the end, and lets no client put the end off.

    With `freeze_after_start` the search for garbage in what the start made ends: half a million
    objects that live as long as the process would be looked through while large answers are made,
    which doubled their cost.
    """
    settings = resources.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.freeze_after_start:
            gc.collect()
            gc.freeze()
        limit_server(settings.shutdown_seconds, resources.stopping.set)
        yield
        exposition.close()
        await resources.database.close()

    return lifespan
