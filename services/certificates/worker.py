"""The event process: `python -m services.certificates.worker`.

Besides events it gives the registry's feed its positions, numbers the events of rosters, and
handles jobs of many rows: verification, enrolment.
"""

from services.certificates.handlers import event_handlers
from services.certificates.registry.feed import run_sequencer
from services.certificates.rosters.jobs import ENROLMENT_JOB, run_enrolling
from services.certificates.rosters.sequencer import ROSTERS_JOB, RosterSequencer
from services.certificates.settings import CertificatesSettings
from services.certificates.verification.jobs import VERIFICATION_JOB, run_answering
from shared.clock import Clock
from shared.db import Database
from shared.events.certificates import CertificateEvent, RegistrationEvent, StatementIssued
from shared.jobs import WorkerJob
from shared.worker import run_worker

TOPICS = frozenset({CertificateEvent.TOPIC, StatementIssued.TOPIC, RegistrationEvent.TOPIC})


def worker_jobs(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> dict[str, WorkerJob]:
    """The jobs of this process besides events, by name: both sequencers, and jobs of many rows."""

    async def sequence_feed() -> None:
        await run_sequencer(database, clock, settings)

    async def answer_jobs() -> None:
        await run_answering(database, clock, settings)

    async def handle_enrolments() -> None:
        await run_enrolling(database, clock, settings)

    return {
        "feed": sequence_feed,
        ROSTERS_JOB: RosterSequencer(database, clock, settings).run,
        VERIFICATION_JOB: answer_jobs,
        ENROLMENT_JOB: handle_enrolments,
    }


if __name__ == "__main__":
    process_settings = CertificatesSettings()
    run_worker(
        process_settings,
        TOPICS,
        event_handlers(process_settings),
        lambda database, clock: worker_jobs(database, clock, process_settings),
    )
