"""The applications service over HTTP.

dossier    submit, amend, renew, read, list; the steps of centre and council; a person's export;
           an employer's referrals
documents  attach, remove, download
appeals    appeals
limits     the time limits of the law, for those who watch them
letters    letters to holders, for operations; what the mail system could not deliver
digests    where centres and councils get their digests
intake     many applications in one file; the texts of consent
retention  acts of erasure
desk       the pages of those who work here, and of operations
"""

from pathlib import Path

from fastapi import FastAPI

from services.applications.appeals import routes as appeals_routes
from services.applications.desk import pages as desk_pages
from services.applications.desk.rendering import SITE
from services.applications.digests import routes as digests_routes
from services.applications.digests.sending import DIGESTS_JOB
from services.applications.documents import routes as documents_routes
from services.applications.documents.antivirus import open_antivirus
from services.applications.documents.dependencies import ApplicationsResources
from services.applications.documents.store import DocumentStore
from services.applications.dossier import personal_data as dossier_personal_data
from services.applications.dossier import referrals as dossier_referrals
from services.applications.dossier import routes as dossier_routes
from services.applications.dossier import steps as dossier_steps
from services.applications.handlers import event_handlers
from services.applications.intake import consent_texts as intake_consent_texts
from services.applications.intake import routes as intake_routes
from services.applications.letters import bounce_routes as letters_bounce_routes
from services.applications.letters import print_routes as letters_print_routes
from services.applications.letters import rehearsal_routes as letters_rehearsal_routes
from services.applications.letters import routes as letters_routes
from services.applications.letters.gauges import build_letter_gauges
from services.applications.letters.sending import LETTERS_JOB
from services.applications.limits import routes as limits_routes
from services.applications.limits.gauges import build_limit_gauges
from services.applications.limits.queries import LIMITS_JOB
from services.applications.retention import routes as retention_routes
from services.applications.retention.operations import ERASURE_JOB
from services.applications.retention.sweeping import SWEEP_JOB
from services.applications.settings import ApplicationsSettings
from shared.clock import Clock
from shared.job_states.duty_reports import DUTY_SECONDS
from shared.locale.catalogues import read_languages
from shared.pages.failures import SiteFailures
from shared.web.app import create_app

MULTIPART_BYTES = 64 * 1024
"""What a form needs around the file: the other fields, and the boundaries."""


ENDLESS_DUTIES = ("consumer", "consumer-lag")
"""What the worker does without end, and reports."""

SCHEDULED_JOBS = (
    *(LIMITS_JOB, ERASURE_JOB, SWEEP_JOB, LETTERS_JOB, DIGESTS_JOB),
    *("draft-clean-up", "resealing", *ENDLESS_DUTIES),
)
"""The jobs of scheduler and worker, which are watched from here: this process outlives them."""

ROUTERS = [
    dossier_routes.router,
    documents_routes.router,
    documents_routes.downloads,
    dossier_steps.router,
    appeals_routes.router,
    limits_routes.router,
    letters_routes.router,
    letters_rehearsal_routes.router,
    letters_bounce_routes.router,
    letters_print_routes.router,
    digests_routes.router,
    dossier_personal_data.router,
    intake_consent_texts.router,
    retention_routes.router,
    intake_routes.router,
    dossier_referrals.router,
]
"""Everything that the service answers over HTTP, besides its pages."""


def create(settings: ApplicationsSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """The FastAPI application; without arguments, by the environment and the machine's clock."""
    settings = settings or ApplicationsSettings()
    languages = read_languages(Path(__file__).parent, settings.locale_folder)
    resources = ApplicationsResources.open(
        settings,
        clock,
        event_handlers(settings),
        languages=languages,
        document_store=DocumentStore.open_configured(settings),
        antivirus=open_antivirus(settings.antivirus),
    )
    job_intervals = {
        **dict.fromkeys(SCHEDULED_JOBS, settings.scan_interval_seconds),
        **dict.fromkeys(ENDLESS_DUTIES, DUTY_SECONDS),
    }
    return create_app(
        resources,
        [*ROUTERS, desk_pages.build_router(languages, settings.keyring, job_intervals)],
        summary="Applications, from the papers to the council's decision",
        upload_limit_bytes=settings.upload_limit_bytes + MULTIPART_BYTES,
        failure_pages=SiteFailures(SITE, {"", "sign-in", "sign-out"}),
        gauges={
            "time_limits": build_limit_gauges(resources.clock, settings),
            "letters": build_letter_gauges(resources.clock),
        },
        job_intervals=job_intervals,
    )
