"""Processes without requests: a service's worker, the scheduler.

Such a process keeps its jobs running, answers health questions, and stops cleanly on SIGTERM or
SIGINT.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from fastapi import APIRouter, FastAPI

from shared import logs
from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.duties import Duty, ProcessDuties, perform_round
from shared.job_states.duty_reports import report_duties
from shared.job_states.states import record_failure, record_success
from shared.metrics.deadlines import MISSED_CALLS, MISSED_ROUNDS
from shared.metrics.exposition import GaugeReader
from shared.settings import Settings
from shared.tracing import continue_trace
from shared.tracing_export import export_spans
from shared.web import health
from shared.web.process_routes import build_process_routes

log = logs.get_logger(__name__)

WorkerJob = Callable[[], Coroutine[Any, Any, None]]
"""Works until it fails or is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledJob:
    """What a scheduler does again and again.

    `run` is one round, to its end; `count_backlog` says how much is left to do after it.
    """

    run: Callable[[], Awaitable[object]]
    every_seconds: float
    count_backlog: Callable[[], Awaitable[int]] | None = None


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
    asyncio.run(run_process(settings, process, database, build_jobs(database, SystemClock())))


def build_schedule(
    jobs: Mapping[str, ScheduledJob], database: Database, clock: Clock, settings: Settings
) -> dict[str, WorkerJob]:
    """One worker's job that starts the rounds of these jobs, each at its own interval.

    No job waits for another. How a round ended is recorded; after a failure the next one comes
    sooner, after pauses that grow to the interval.
    """

    async def run_schedule() -> None:
        scheduler = AsyncIOScheduler(timezone=settings.time_zone)
        for name, job in jobs.items():
            rounds = _Rounds(name, job, database, clock, settings)
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


class _Rounds:
    """The rounds of one job: each has a limit of time, and leaves its end in the job's state."""

    def __init__(
        self, name: str, job: ScheduledJob, database: Database, clock: Clock, settings: Settings
    ) -> None:
        self._name, self._job = name, job
        self._database, self._clock, self._settings = database, clock, settings
        self._pause = FIRST_PAUSE_SECONDS

    async def run(self, scheduler: AsyncIOScheduler) -> None:
        """Runs one round; after a failure the next one comes sooner than at the interval."""
        with perform_round(self._name) as duty:
            await self._run_noted(scheduler, duty)

    async def _run_noted(self, scheduler: AsyncIOScheduler, duty: Duty) -> None:
        try:
            async with asyncio.timeout(self._settings.job_limit_seconds):
                await self._run_round()
        except Exception as error:
            duty.note_failure(type(_first_cause(error)).__name__)
            if isinstance(error, TimeoutError):
                MISSED_ROUNDS.inc()
            await self._record_failure(_first_cause(error))
            next_start = SystemClock().now() + timedelta(seconds=self._pause)
            scheduler.modify_job(self._name, next_run_time=next_start)
            self._pause = min(self._pause * 2, self._job.every_seconds)
        else:
            duty.note_success()
            self._pause = FIRST_PAUSE_SECONDS

    async def _run_round(self) -> None:
        """One round with its end; what it logs and publishes belongs to one trace."""
        with continue_trace(None, {}, f"job {self._name}"):
            await self._job.run()
        backlog = await self._job.count_backlog() if self._job.count_backlog else 0
        async with self._database.transaction() as session:
            await record_success(
                session, self._name, self._job.every_seconds, backlog, self._clock.now()
            )

    async def _record_failure(self, cause: BaseException) -> None:
        log.warning("job.failed", job=self._name, error=type(cause).__name__, exc_info=cause)
        try:
            async with (
                asyncio.timeout(self._settings.statement_timeout_seconds),
                self._database.transaction() as session,
            ):
                await record_failure(
                    session,
                    self._name,
                    self._job.every_seconds,
                    type(cause).__name__,
                    self._clock.now(),
                )
        except Exception as error:  # the database may be what fails
            log.warning("job.state_unrecorded", job=self._name, error=type(error).__name__)


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
    all_jobs = {**jobs, "duty-reports": lambda: report_duties(database, duties, SystemClock())}
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
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
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
    log.info("process.stopped")


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
            cause = _first_cause(error)
            duty.note_failure(type(cause).__name__)
            if isinstance(cause, TimeoutError):
                MISSED_CALLS.inc()
            log.warning("job.failed", job=duty.name, error=type(cause).__name__, exc_info=cause)
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
