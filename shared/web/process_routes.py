"""What a process without requests answers all the same: health, metrics, its status."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter

from shared.clock import SystemClock
from shared.db import Database
from shared.duties import ProcessDuties
from shared.metrics.database import connect_for_operators, measure_pool
from shared.metrics.duty_ages import measure_duties
from shared.metrics.exposition import Exposition, GaugeReader
from shared.settings import Settings
from shared.web.health import DatabaseProbe, HealthCheck, build_health_routes
from shared.web.metrics import build_metrics_routes
from shared.web.status import ProcessStatusReader, build_status_routes


def build_process_routes(
    settings: Settings,
    process: str,
    database: Database,
    duties: ProcessDuties,
    checks: Mapping[str, HealthCheck],
    readers: Mapping[str, GaugeReader],
) -> APIRouter:
    """The routes of the health port, which leads nowhere outside.

    `checks` are those besides the database's.
    """
    router = APIRouter()
    own_database = connect_for_operators(settings)
    probe = DatabaseProbe(own_database, settings.service)
    router.include_router(build_health_routes({**probe.checks, **checks}))
    measure = [partial(measure_pool, database, settings), partial(measure_duties, duties)]
    router.include_router(build_metrics_routes(Exposition(settings, measure, readers)))
    reader = ProcessStatusReader(
        settings.service, process, own_database, SystemClock(), duties, intervals={}, ages={}
    )
    router.include_router(build_status_routes(reader))
    return router
