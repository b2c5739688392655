"""A process that works without requests: jobs kept alive, health answered, a clean stop."""

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
from shared.web import health

log = logs.logger(__name__)

Job = Callable[[], Coroutine[Any, Any, None]]
"""Works until it fails or is cancelled."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


def run_jobs(
    settings: Settings, process: str, jobs: Callable[[Database, Clock], Mapping[str, Job]]
) -> None:
    """A process of other jobs, which need the database and the time, such as the scheduler."""
    logs.configure(settings.service, process, settings.log_level, settings.log_format)
    database = Database.connect(settings)
    checks = health.database_checks(database, settings.service)
    asyncio.run(run_process(settings, database, jobs(database, SystemClock()), checks))


async def repeatedly(work: Job, seconds: float, clock: Clock, settings: Settings) -> None:
    """Runs the work now and then at this interval, by APScheduler. Returns only by raising."""
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def tick() -> None:
        try:
            await work()
        except Exception as error:
            if not broken.done():
                broken.set_exception(error)

    scheduler = AsyncIOScheduler(timezone=settings.time_zone)
    scheduler.add_job(
        tick,
        IntervalTrigger(seconds=seconds),
        next_run_time=clock.now(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    try:
        await broken
    finally:
        scheduler.shutdown(wait=False)


async def run_process(
    settings: Settings,
    database: Database,
    jobs: Mapping[str, Job],
    checks: Mapping[str, health.Check],
) -> None:
    """Runs the jobs and answers health until SIGTERM, SIGINT or the end of one."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(_keep(name, job), name=name) for name, job in jobs.items()]
    if settings.health_port:
        tasks.append(asyncio.create_task(_serve_health(settings, checks), name="health"))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
    log.info("process.stopped")


async def _keep(name: str, job: Job) -> None:
    """Runs a job for ever: what fails is told and begun anew, after a growing pause."""
    pause = FIRST_PAUSE_SECONDS
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            await job()
        except Exception as error:
            cause = _first(error)
            log.warning("job.failed", job=name, error=type(cause).__name__, exc_info=cause)
        if loop.time() - started > LONGEST_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's own business."""
        yield


async def _serve_health(settings: Settings, checks: Mapping[str, health.Check]) -> None:
    app = FastAPI(openapi_url=None)
    app.include_router(health.routes(checks))
    server = _Server(
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
