"""create_app(): the HTTP process of a service, the same for all three."""

import gc
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.types import Lifespan

from shared import logs
from shared.duties import ProcessDuties
from shared.job_states.gauges import UPKEEP_INTERVALS, build_job_gauges
from shared.job_states.waiting import AgeQuery, build_waiting_gauges
from shared.messaging.gauges import (
    read_dead_letter_gauges,
    read_lease_gauges,
    read_outbox_gauges,
)
from shared.metrics.database import GaugeQuery, measure_pool, read_from_database
from shared.metrics.exposition import Exposition
from shared.principal import Scope
from shared.settings import Settings
from shared.shutdown import ServerEnd
from shared.tracing_export import export_spans
from shared.web import guards, health, operations, parked_event_routes
from shared.web.compression import Compression
from shared.web.cross_origin import CrossOrigin
from shared.web.documentation import build_documentation_routes
from shared.web.entity_tags import EntityTags
from shared.web.error_answers import FailurePages, install_error_handlers
from shared.web.metrics import build_metrics_routes
from shared.web.middleware import RequestLimits, Tracing, UnexpectedErrors
from shared.web.repetition import Repetitions
from shared.web.request_bodies import check_body
from shared.web.resources import Resources
from shared.web.route_rules import RouteRules
from shared.web.status import ProcessStatusReader, build_status_routes


@dataclass(frozen=True, slots=True)
class _Oversight:
    """What tells of the service to those who operate it, by connections that no request takes."""

    exposition: Exposition
    probe: health.DatabaseProbe
    status: ProcessStatusReader

    @classmethod
    def build(
        cls,
        resources: Resources[Settings],
        gauges: Mapping[str, GaugeQuery],
        intervals: Mapping[str, float],
        ages: Mapping[str, AgeQuery],
    ) -> "_Oversight":
        """Figures that the database tells outlive the service's other processes."""
        settings, database = resources.settings, resources.operators_database
        queries: dict[str, GaugeQuery] = {
            "outbox": read_outbox_gauges,
            "leases": read_lease_gauges,
            "dead_letters": read_dead_letter_gauges,
            "jobs": build_job_gauges(intervals),
            **({"waiting": build_waiting_gauges(ages)} if ages else {}),
            **gauges,
        }
        readers = {source: read_from_database(database, query) for source, query in queries.items()}
        measure = [partial(measure_pool, resources.database, settings)]
        return cls(
            Exposition(settings, measure, readers),
            health.DatabaseProbe(database, settings.service),
            ProcessStatusReader(
                settings.service,
                "http",
                database,
                resources.clock,
                ProcessDuties(),
                intervals,
                ages,
            ),
        )

    def close(self) -> None:
        """Breaks off what is still being asked."""
        self.exposition.close()
        self.probe.close()


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
    waiting_ages: Mapping[str, AgeQuery] | None = None,
) -> FastAPI:
    """The application of one service.

    `upload_limit_bytes` bounds multipart and NDJSON bodies, refused when it is 0. Of
    `unrecorded_paths` no span is sent. Without `failure_pages` every failure is a problem document.
    `gauges` are read from the database for monitoring, by what they tell of; `job_intervals` are
    those of other processes, watched from here; `waiting_ages`: how long their oldest work waits.
    """
    settings, database = resources.settings, resources.database
    logs.configure_logging(settings.service, "http", settings.log_level, settings.log_format)
    export_spans(settings, "http", database.engine)
    oversight = _Oversight.build(
        resources, gauges or {}, {**UPKEEP_INTERVALS, **(job_intervals or {})}, waiting_ages or {}
    )
    app = FastAPI(
        title=f"Attesta {settings.service}",
        summary=summary,
        generate_unique_id_function=_name_operation,
        openapi_url=None,  # see `shared.web.documentation`
        lifespan=_build_lifespan(resources, oversight),
        dependencies=[Depends(check_body)],
    )
    app.state.resources = resources
    install_error_handlers(app, failure_pages)
    _add_middleware(app, settings, upload_limit_bytes, frozenset(unrecorded_paths))
    for router in (*_build_common_routers(resources, oversight), *routers):
        app.include_router(router)
    guards.deny_by_default(app)
    return app


def _name_operation(route: APIRoute) -> str:
    return route.name


def _add_middleware(
    app: FastAPI, settings: Settings, upload_bytes: int, unrecorded_paths: frozenset[str]
) -> None:
    """What every request passes through before the routes; the last one added is the first."""
    body_bytes = settings.request_body_limit_bytes
    app.add_middleware(
        Repetitions, limit_seconds=settings.lock_timeout_seconds, kept_bytes=body_bytes
    )
    app.add_middleware(EntityTags)
    app.add_middleware(Compression)
    app.add_middleware(RouteRules)
    app.add_middleware(CrossOrigin, settings=settings)
    app.add_middleware(RequestLimits, body_bytes=body_bytes, upload_bytes=upload_bytes)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(Tracing, unrecorded_paths=unrecorded_paths)


def _build_common_routers(
    resources: Resources[Settings], oversight: "_Oversight"
) -> list[APIRouter]:
    """What every service answers: health, metrics, its operation, where its documents are."""
    service = resources.settings.service
    checks = {"process": resources.check_drain, **oversight.probe.checks}
    health_router = APIRouter(dependencies=[Depends(guards.PUBLIC)])
    health_router.include_router(health.build_health_routes(checks))
    operators_router = APIRouter(dependencies=[Depends(guards.Allow(Scope.OPERATE))])
    operators_router.include_router(build_metrics_routes(oversight.exposition))
    operators_router.include_router(build_status_routes(oversight.status), prefix="/ops")
    redirects = _build_document_redirects(service)
    documentation = build_documentation_routes(service)
    operation_routers = [operations.router, parked_event_routes.router]
    return [health_router, operators_router, *operation_routers, documentation, redirects]


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


def _build_lifespan(resources: Resources[Settings], oversight: "_Oversight") -> Lifespan[FastAPI]:
    """Closes connections at the end, and lets no client put the end off.

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
        ServerEnd(
            settings.drain_seconds,
            settings.shutdown_seconds,
            announce=resources.draining.set,
            finish=resources.stopping.set,
        ).apply()
        yield
        oversight.close()
        await resources.operators_database.close()
        await resources.database.close()

    return lifespan
