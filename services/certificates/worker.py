"""The event process: `python -m services.certificates.worker`.

Besides events it gives the registry's feed its positions and answers jobs of verification.
"""

from services.certificates.issuance.handlers import handlers
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import jobs as verification_jobs
from shared.clock import Clock
from shared.db import Database
from shared.events.certificates import CertificateEvent, RegistrationEvent, StatementIssued
from shared.jobs import Job
from shared.worker import run_worker

TOPICS = frozenset({CertificateEvent.TOPIC, StatementIssued.TOPIC, RegistrationEvent.TOPIC})


def jobs(database: Database, clock: Clock, settings: CertificatesSettings) -> dict[str, Job]:
    """What this process does besides events."""

    async def sequence() -> None:
        await feed.keep_sequencing(database, clock, settings)

    async def answer() -> None:
        await verification_jobs.keep_working(database, clock, settings)

    return {"feed": sequence, "verification-jobs": answer}


if __name__ == "__main__":
    configured = CertificatesSettings()
    run_worker(
        configured,
        TOPICS,
        handlers(configured),
        lambda database, clock: jobs(database, clock, configured),
    )
