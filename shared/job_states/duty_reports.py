"""What a process knows of its duties, kept in the states of jobs: who else asks, asks the rows.

Several processes share a duty: each reports only what is new of it, so that one that hangs does
not hide the others. Who stands by for a leader reports nothing.
"""

import asyncio
from datetime import timedelta

from shared.clock import Clock
from shared.db import Database
from shared.duties import Duty, ProcessDuties, measure_age, note_success
from shared.job_states.states import record_failure, record_success

REPORTS_DUTY = "duty-reports"
"""The reporting itself, which its process alone tells of."""
REPORT_SECONDS = 10.0
"""A process reports so often."""
DUTY_SECONDS = 2 * REPORT_SECONDS
"""Within so many seconds a duty without end is to have ended a round well."""


async def report_duties(database: Database, duties: ProcessDuties, clock: Clock) -> None:
    """Reports the duties that end no round on a schedule, again and again.

    Returns only by raising.
    """
    reported_instants: dict[str, tuple[float | None, float | None]] = {}
    while True:
        news = {
            name: duty
            for name, duty in duties.by_name.items()
            if _is_reported(duty)
            and reported_instants.get(name) != (duty.success_instant, duty.failure_instant)
        }
        instants = {
            name: (duty.success_instant, duty.failure_instant) for name, duty in news.items()
        }
        async with asyncio.timeout(REPORT_SECONDS):
            await _write_states(database, list(news.values()), clock)
        reported_instants |= instants
        note_success()
        await asyncio.sleep(REPORT_SECONDS)


def _is_reported(duty: Duty) -> bool:
    return (
        duty.name != REPORTS_DUTY
        and duty.is_told
        and not duty.is_scheduled
        and duty.is_leader is not False
    )


async def _write_states(database: Database, duties: list[Duty], clock: Clock) -> None:
    if not duties:
        return
    async with database.transaction() as session:
        for duty in sorted(duties, key=lambda duty: duty.name):
            if duty.success_instant is not None:
                at = clock.now() - timedelta(seconds=measure_age(duty.success_instant))
                await record_success(session, duty.name, DUTY_SECONDS, duty.backlog, at)
            if duty.failure is not None and duty.failure_instant is not None:
                at = clock.now() - timedelta(seconds=measure_age(duty.failure_instant))
                await record_failure(session, duty.name, DUTY_SECONDS, duty.failure, at)
