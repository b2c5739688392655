"""The sender of webhooks: `python -m services.certificates.sender`. Safe to run twice.

The only process that connects to addresses which others chose: give it a network of its own, from
which nothing of the house is reached but the database, the servers of names and the mail relay.
"""

from pathlib import Path

import services.certificates.models  # noqa: F401 - all tables: keys lead from room to room
from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.notices import WEBHOOK_NOTICES_JOB, NoticeSender
from services.certificates.webhooks.sending import WEBHOOKS_JOB, WebhookSender
from shared.clock import Clock
from shared.db import Database
from shared.job_rounds import ScheduledJob
from shared.jobs import WorkerJob, build_schedule, run_jobs
from shared.locale.catalogues import read_languages

NOTICES_SECONDS = 60.0


def sender_jobs(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> dict[str, WorkerJob]:
    """The jobs of this process: events and checks, and mail to the contacts of endpoints."""
    languages = read_languages(Path(__file__).parent, settings.locale_folder)
    sender = WebhookSender(database, clock, settings, settings.build_egress())
    notices = NoticeSender(database, clock, settings, languages, settings.build_relay())
    schedule = {
        WEBHOOK_NOTICES_JOB: ScheduledJob(
            run=notices.send_due_notices, every_seconds=NOTICES_SECONDS
        )
    }
    return {WEBHOOKS_JOB: sender.run, **build_schedule(schedule, database, clock, settings)}


if __name__ == "__main__":
    process_settings = CertificatesSettings()
    run_jobs(
        process_settings,
        "sender",
        lambda database, clock: sender_jobs(database, clock, process_settings),
    )
