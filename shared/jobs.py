"""Processes without requests: a service's worker, the scheduler.

Such a process keeps its jobs running, answers health questions, and stops cleanly on SIGTERM or
SIGINT.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from fastapi import FastAPI

from shared import logs
from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.settings import Settings
from shared.tracing_export import export_spans
from shared.web import health

log = logs.get_logger(__name__)

WorkerJob = Callable[[], Coroutine[Any, Any, None]]
"""Works until it fails or is cancelled."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


def run_jobs(
    settings: Settings,
    process: str,
    build_jobs: Callable[[Database, Clock], Mapping[str, WorkerJob]],
) -> None:
    """A process without events, such as the scheduler; `build_jobs` gives its jobs by name."""
    logs.configure_logging(settings.service, process, settings.log_level, settings.log_format)
    database = Database.connect(settings)
    export_spans(settings, process, database.engine)
    checks = health.database_checks(database, settings.service)
    asyncio.run(run_process(settings, database, build_jobs(database, SystemClock()), checks))


async def repeat(job: WorkerJob, interval_seconds: float, clock: Clock, settings: Settings) -> None:
    """Runs the job at once and then every `interval_seconds`. Returns only by raising."""
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run_once() -> None:
        try:
            await job()
        except Exception as error:
            if not failure.done():
                failure.set_exception(error)

    scheduler = AsyncIOScheduler(timezone=settings.time_zone)
    scheduler.add_job(
        run_once,
        IntervalTrigger(seconds=interval_seconds),
        next_run_time=clock.now(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    try:
        await failure
    finally:
        scheduler.shutdown(wait=False)


async def run_process(
    settings: Settings,
    database: Database,
    jobs: Mapping[str, WorkerJob],
    checks: Mapping[str, health.HealthCheck],
) -> None:
    """Runs the jobs and answers health until SIGTERM, SIGINT or the end of one."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(_keep_running(name, job), name=name) for name, job in jobs.items()]
    if settings.health_port:
        tasks.append(asyncio.create_task(_serve_health(settings, checks), name="health"))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
    log.info("process.stopped")


async def _keep_running(name: str, job: WorkerJob) -> None:
    """Runs a job for ever: a failure is logged and the job restarted after a growing pause."""
    pause = FIRST_PAUSE_SECONDS
    loop = asyncio.get_running_loop()
    while True:
        started_at = loop.time()
        try:
            await job()
        except Exception as error:
            cause = _first_cause(error)
            log.warning("job.failed", job=name, error=type(cause).__name__, exc_info=cause)
        if loop.time() - started_at > LONGEST_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _first_cause(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _HealthServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the process, which stops all its tasks."""
        yield


async def _serve_health(settings: Settings, checks: Mapping[str, health.HealthCheck]) -> None:
    app = FastAPI(openapi_url=None)
    app.include_router(health.build_health_routes(checks))
    server = _HealthServer(
        uvicorn.Config(
            app,
            host=settings.health_host,
            port=settings.health_port,
            log_config=None,
            access_log=False,
            lifespan="off",
        )
    )
    with suppress(asyncio.CancelledError):
        await server.serve()
