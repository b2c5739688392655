"""The status of a process for operators: its duties, and what the database of its service tells.

Each part is read in a transaction of its own, on connections that requests cannot take, and may
fail alone: what nobody could read is null, and named.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Literal, TypeVar

from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.duties import Duty, ProcessDuties, measure_age
from shared.job_states.job_views import build_job_views
from shared.job_states.set_aside import count_set_aside
from shared.job_states.states import list_job_states
from shared.job_states.waiting import AgeQuery
from shared.lease import list_leases
from shared.messaging.dead_letter_views import count_open_dead_letters
from shared.messaging.gauges import LEASES, measure_outbox
from shared.messaging.parked_events import count_parked
from shared.metrics.database import limit_time
from shared.metrics.registry import VERSION
from shared.web.status_schemas import (
    DutyAnswer,
    EventsStatus,
    JobStatus,
    LeaseStatus,
    StatusAnswer,
)

PART_SECONDS = 3.0
"""A part that takes longer is left out."""
PARTS: tuple[Literal["jobs", "leases", "events"], ...] = ("jobs", "leases", "events")
"""What the database tells."""
PartT = TypeVar("PartT")

log = logs.get_logger(__name__)


class ProcessStatusReader:
    """Reads the status of one process.

    `intervals` are those of the jobs of its service, in seconds; `ages` measure for how long the
    oldest work of a job has waited. A job whose state the database has is told without them, too.
    """

    def __init__(
        self,
        service: str,
        process: str,
        database: Database,
        clock: Clock,
        duties: ProcessDuties,
        intervals: Mapping[str, float],
        ages: Mapping[str, AgeQuery],
    ) -> None:
        self._service, self._process = service, process
        self._database, self._clock, self._duties = database, clock, duties
        self._intervals, self._ages = intervals, ages

    async def read_status(self) -> StatusAnswer:
        """The status as of now; never raises because of the database."""
        jobs, leases, events = await asyncio.gather(
            self._read_part(self._read_jobs),
            self._read_part(_read_leases),
            self._read_part(_read_events),
        )
        parts: dict[str, object] = {"jobs": jobs, "leases": leases, "events": events}
        return StatusAnswer(
            service=self._service,
            process=self._process,
            version=VERSION,
            at=self._clock.now(),
            duties=[self._describe_duty(duty) for duty in self._duties.by_name.values()],
            jobs=jobs,
            leases=leases,
            events=events,
            unread_parts=[name for name in PARTS if parts[name] is None],
        )

    async def _read_part(self, read: Callable[[AsyncSession], Awaitable[PartT]]) -> PartT | None:
        try:
            async with (
                asyncio.timeout(PART_SECONDS),
                self._database.read_only_transaction() as session,
            ):
                await limit_time(session, PART_SECONDS)
                return await read(session)
        except Exception as error:  # whatever it is, the other parts are told
            log.warning("status.unread", error=type(error).__name__)
            return None

    def _describe_duty(self, duty: Duty) -> DutyAnswer:
        now = self._clock.now()

        def find_time(instant: float | None) -> object:
            return None if instant is None else now - timedelta(seconds=measure_age(instant))

        return DutyAnswer.model_validate(
            {
                "name": duty.name,
                "is_leader": duty.is_leader,
                "last_success_at": find_time(duty.success_instant),
                "last_failure_at": find_time(duty.failure_instant),
                "failure": duty.failure,
                "running_since": find_time(duty.running_since),
            }
        )

    async def _read_jobs(self, session: AsyncSession) -> list[JobStatus]:
        states = {state.name: state for state in await list_job_states(session)}
        intervals = self._intervals or {
            name: state.every_seconds for name, state in states.items() if state.every_seconds
        }
        ages = {name: await measure(session) for name, measure in self._ages.items()}
        jobs = []
        for view in build_job_views(intervals, list(states.values()), self._clock.now()):
            state = states.get(view.name)
            jobs.append(
                JobStatus(
                    name=view.name,
                    health=view.health,
                    every_seconds=view.interval.total_seconds(),
                    last_success_at=view.last_success_at,
                    last_failure_at=state.last_failure_at if state else None,
                    failure=view.failure or None,
                    backlog=view.backlog,
                    oldest_waiting_seconds=ages.get(view.name),
                )
            )
        return jobs


async def _read_leases(session: AsyncSession) -> list[LeaseStatus]:
    states = {state.name: state for state in await list_leases(session)}
    return [
        LeaseStatus.model_validate(states[name], from_attributes=True)
        if name in states
        else LeaseStatus(
            name=name, is_held=False, holder=None, fence=0, renewed_at=None, expires_at=None
        )
        for name in LEASES
    ]


async def _read_events(session: AsyncSession) -> EventsStatus:
    unpublished, oldest_seconds = await measure_outbox(session)
    return EventsStatus(
        unpublished=unpublished,
        oldest_seconds=oldest_seconds,
        parked=await count_parked(session),
        dead_letters=await count_open_dead_letters(session),
        set_aside=await count_set_aside(session),
    )


def build_status_routes(reader: ProcessStatusReader) -> APIRouter:
    """The router of `/status`; who includes it says where, and who may ask."""
    router = APIRouter(tags=["operations"])

    @router.get("/status", summary="What the process does, and what is stuck in its service")
    async def get_status() -> StatusAnswer:
        """Answers also without a database: what it did not tell is null, and named."""
        return await reader.read_status()

    return router
