"""The event process: `python -m services.certificates.worker`.

Besides events it gives the registry's feed its positions and answers jobs of verification.
"""

from services.certificates.handlers import event_handlers
from services.certificates.registry.feed import run_sequencer
from services.certificates.settings import CertificatesSettings
from services.certificates.verification.jobs import run_answering
from shared.clock import Clock
from shared.db import Database
from shared.events.certificates import CertificateEvent, RegistrationEvent, StatementIssued
from shared.jobs import WorkerJob
from shared.worker import run_worker

TOPICS = frozenset({CertificateEvent.TOPIC, StatementIssued.TOPIC, RegistrationEvent.TOPIC})


def worker_jobs(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> dict[str, WorkerJob]:
    """The jobs of this process besides events, by name: the sequencer, and verification jobs."""

    async def sequence_feed() -> None:
        await run_sequencer(database, clock, settings)

    async def answer_jobs() -> None:
        await run_answering(database, clock, settings)

    return {"feed": sequence_feed, "verification-jobs": answer_jobs}


if __name__ == "__main__":
    process_settings = CertificatesSettings()
    run_worker(
        process_settings,
        TOPICS,
        event_handlers(process_settings),
        lambda database, clock: worker_jobs(database, clock, process_settings),
    )
