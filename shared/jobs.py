"""Processes without requests: a service's worker, the scheduler.

Such a process keeps its jobs running, answers health questions, and stops cleanly on SIGTERM or
SIGINT.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from apscheduler.triggers.interval import IntervalTrigger
from fastapi import APIRouter, FastAPI

from shared import logs
from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.duties import Duty, ProcessDuties
from shared.job_rounds import FIRST_PAUSE_SECONDS, JobRounds, ScheduledJob, find_first_cause
from shared.job_states.duty_reports import REPORTS_DUTY, report_duties
from shared.metrics.deadlines import MISSED_CALLS
from shared.metrics.exposition import GaugeReader
from shared.settings import Settings
from shared.shutdown import call_at_stop
from shared.steady_scheduler import SteadyScheduler
from shared.tracing_export import export_spans
from shared.web import health
from shared.web.process_routes import build_process_routes

log = logs.get_logger(__name__)

WorkerJob = Callable[[], Coroutine[Any, Any, None]]
"""Works until it fails or is cancelled."""


WORK_SHARE = 0.7
"""This part of the limit at the end of a process is for jobs, the rest for closing."""
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
    asyncio.run(run_process(settings, process, database, build_jobs(database, SystemClock())))


def build_schedule(
    jobs: Mapping[str, ScheduledJob], database: Database, clock: Clock, settings: Settings
) -> dict[str, WorkerJob]:
    """One worker's job that starts the rounds of these jobs, each at its own interval.

    No job waits for another. How a round ended is recorded; after a failure the next one comes
    sooner, after pauses that grow to the interval.
    """

    async def run_schedule() -> None:
        scheduler = SteadyScheduler()
        for name, job in jobs.items():
            rounds = JobRounds(name, job, database, clock, settings)
            scheduler.add_job(
                rounds.run,
                IntervalTrigger(seconds=job.every_seconds),
                args=[scheduler],
                id=name,
                next_run_time=SystemClock().now(),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    return {"schedule": run_schedule}


async def run_process(
    settings: Settings,
    process: str,
    database: Database,
    jobs: Mapping[str, WorkerJob],
    checks: Mapping[str, health.HealthCheck] | None = None,
    readers: Mapping[str, GaugeReader] | None = None,
) -> None:
    """Runs the jobs, answers health and scrapes until SIGTERM, SIGINT or the end of one.

    `checks` are asked for readiness besides those of the database and of the jobs, by the name of a
    job where they speak of it; `readers` read the gauges that this process must ask for.
    """
    duties = ProcessDuties()
    all_jobs = {**jobs, REPORTS_DUTY: lambda: report_duties(database, duties, SystemClock())}
    stop = asyncio.Event()
    call_at_stop(stop.set, settings.shutdown_seconds)
    tasks = [
        asyncio.create_task(_keep_running(duties, name, job), name=name)
        for name, job in all_jobs.items()
    ]
    if settings.health_port:
        own_checks = _add_duty_checks(settings, duties, jobs, checks or {})
        routes = build_process_routes(
            settings, process, database, duties, own_checks, readers or {}
        )
        health_server = _serve_health(settings, routes)
        tasks.append(asyncio.create_task(health_server, name="health"))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await _end_tasks(tasks, settings.shutdown_seconds * WORK_SHARE)
    await database.close()
    log.info("process.stopped")


async def _end_tasks(tasks: Collection[asyncio.Task[None]], limit_seconds: float) -> None:
    """Cancels the tasks: a transaction goes back, and what it had in hand is given to the next.

    One that does not end is left to the alarm of the process.
    """
    for task in tasks:
        task.cancel()
    _, hanging_tasks = await asyncio.wait(tasks, timeout=limit_seconds)
    for task in hanging_tasks:
        log.warning("job.hangs_at_the_end", job=task.get_name())


def _add_duty_checks(
    settings: Settings,
    duties: ProcessDuties,
    names: Iterable[str],
    checks: Mapping[str, health.HealthCheck],
) -> dict[str, health.HealthCheck]:
    """The checks, and for each job whether its rounds end well."""

    def build_check(name: str) -> health.HealthCheck:
        async def check_duty() -> None:
            if name in checks:
                await checks[name]()
            if name in duties.by_name:
                duties.by_name[name].check_progress(settings.duty_limit_seconds)

        return check_duty

    return {**checks, **{name: build_check(name) for name in names}}


async def _keep_running(duties: ProcessDuties, name: str, job: WorkerJob) -> None:
    """Runs a job for ever: a failure is logged and the job restarted after a growing pause."""
    with duties.perform(name) as duty:
        await _restart_forever(duty, job)


async def _restart_forever(duty: Duty, job: WorkerJob) -> None:
    pause = FIRST_PAUSE_SECONDS
    loop = asyncio.get_running_loop()
    while True:
        started_at = loop.time()
        try:
            await job()
        except Exception as error:
            cause = find_first_cause(error)
            duty.note_failure(type(cause).__name__)
            if isinstance(cause, TimeoutError):
                MISSED_CALLS.inc()
            log.warning("job.failed", job=duty.name, error=type(cause).__name__, exc_info=cause)
        if loop.time() - started_at > LONGEST_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


class _HealthServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the process, which stops all its tasks."""
        yield


async def _serve_health(settings: Settings, routes: APIRouter) -> None:
    app = FastAPI(openapi_url=None)
    app.include_router(routes)
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
