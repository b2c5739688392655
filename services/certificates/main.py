"""The certificates service over HTTP.

certificate   lists, one certificate
renewal       capacities of renewal, windows that a council moves
validity      the ledger of notices; rehearsals of days to come
changes       annulment, measures, extensions; what happened to a certificate
documents     duplicates, not-passed statements, signature blocks, and their PDF
registry      the feed, its copies and manifests; receipts, and what waits for them
issuance      what waits for a number, and the registry's numbers
verification  the verdict on one certificate or many, as of any day; jobs; the public page
rosters       employers' subscriptions: who is enrolled, events of changes, digests; jobs
webhooks      portals' addresses to which those events are sent
desk          the pages of operations
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.certificates.certificate import routes as certificate_routes
from services.certificates.changes import correction_routes
from services.certificates.changes import routes as changes_routes
from services.certificates.desk import pages as desk_pages
from services.certificates.documents import routes as documents_routes
from services.certificates.handlers import event_handlers
from services.certificates.issuance import routes as issuance_routes
from services.certificates.registry import answer_routes as registry_answer_routes
from services.certificates.registry import routes as registry_routes
from services.certificates.registry.first_load import FIRST_LOAD_JOB
from services.certificates.registry.gauges import read_feed_gauges
from services.certificates.registry.queries import select_unsequenced_times
from services.certificates.renewal import routes as renewal_routes
from services.certificates.renewal.capacity import RENEWAL_JOB
from services.certificates.renewal.gauges import build_renewal_gauges
from services.certificates.rosters import event_routes as rosters_event_routes
from services.certificates.rosters import job_routes as rosters_job_routes
from services.certificates.rosters import jobs as rosters_jobs
from services.certificates.rosters import pages as rosters_pages
from services.certificates.rosters import routes as rosters_routes
from services.certificates.rosters.digests import SEAL_JOB
from services.certificates.rosters.gauges import build_roster_gauges, select_untold_times
from services.certificates.rosters.jobs import ENROLMENT_JOB
from services.certificates.rosters.resources import RosterResources
from services.certificates.rosters.sequencer import ROSTERS_JOB
from services.certificates.rosters.waiting import EventWaiters
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import rehearsal_routes as validity_rehearsal_routes
from services.certificates.validity import routes as validity_routes
from services.certificates.validity.expiries import EXPIRY_WEEKS_JOB
from services.certificates.validity.gauges import NOTICES_JOB, build_notice_gauges
from services.certificates.validity.walks import PLAN_JOB
from services.certificates.verification import job_routes as verification_job_routes
from services.certificates.verification import jobs as verification_jobs
from services.certificates.verification import pages as verification_pages
from services.certificates.verification import renewal_routes as verification_renewal_routes
from services.certificates.verification import routes as verification_routes
from services.certificates.verification.fast_path import VERIFICATION_PATH, FastPath
from services.certificates.verification.jobs import VERIFICATION_JOB
from services.certificates.verification.rate_limit import RateLimits
from services.certificates.webhooks import document as webhooks_document
from services.certificates.webhooks import pages as webhooks_pages
from services.certificates.webhooks import routes as webhooks_routes
from services.certificates.webhooks import secret_routes
from services.certificates.webhooks.gauges import build_webhook_gauges
from services.certificates.webhooks.notices import WEBHOOK_NOTICES_JOB
from services.certificates.webhooks.sending import WEBHOOKS_JOB
from services.certificates.webhooks.upkeep import WEBHOOK_UPKEEP_JOB
from shared.clock import Clock
from shared.job_states.duty_reports import DUTY_SECONDS
from shared.job_states.waiting import AgeQuery, age_of_oldest
from shared.locale.catalogues import read_languages
from shared.pages.failures import SiteFailures
from shared.web.app import create_app

ENDLESS_DUTIES = (
    *("consumer", "consumer-lag", "feed"),
    *(ROSTERS_JOB, VERIFICATION_JOB, ENROLMENT_JOB, WEBHOOKS_JOB),
)
"""What worker and sender do without end, and report."""

SCHEDULED_JOBS = (
    NOTICES_JOB,
    PLAN_JOB,
    RENEWAL_JOB,
    EXPIRY_WEEKS_JOB,
    "statement-erasure",
    FIRST_LOAD_JOB,
    "feed-seal",
    SEAL_JOB,
    "roster-expiry",
    "roster-partitions",
    "roster-clean-up",
    *(WEBHOOK_NOTICES_JOB, WEBHOOK_UPKEEP_JOB),
    "verification-clean-up",
    *ENDLESS_DUTIES,
)
"""The jobs of scheduler, worker and sender, watched from here: this process outlives them."""

ROUTERS = [
    verification_routes.router,
    verification_renewal_routes.router,
    verification_job_routes.router,
    rosters_routes.router,
    rosters_event_routes.router,
    rosters_job_routes.router,
    webhooks_routes.router,
    secret_routes.router,
    certificate_routes.router,
    renewal_routes.router,
    validity_routes.router,
    validity_rehearsal_routes.router,
    changes_routes.router,
    correction_routes.router,
    documents_routes.router,
    registry_routes.router,
    registry_answer_routes.router,
    issuance_routes.router,
]
"""Everything that the service answers over HTTP, besides its pages."""


def create(settings: CertificatesSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """Builds the application; by default with the environment's settings and the system clock."""
    settings = settings or CertificatesSettings()
    languages = read_languages(Path(__file__).parent, settings.locale_folder)
    handlers = event_handlers(settings)
    resources = RosterResources.open(
        *(settings, clock, handlers),
        languages=languages,
        rate_limits=RateLimits(settings),
        event_waiters=EventWaiters(settings),
    )
    job_intervals = _list_intervals(settings)
    app = create_app(
        resources,
        [
            *ROUTERS,
            verification_pages.build_router(languages),
            webhooks_pages.build_router(languages),
            rosters_pages.build_router(languages),
            desk_pages.build_router(languages, job_intervals),
        ],
        summary="Certificates of qualification and their verification",
        upload_limit_bytes=settings.stream_limit_bytes,
        unrecorded_paths={VERIFICATION_PATH},
        failure_pages=SiteFailures(verification_pages.SITE, {"", "c", "renewal", "verify"}),
        gauges={
            "notices": build_notice_gauges(resources.clock, settings),
            "renewal": build_renewal_gauges(resources.clock, settings),
            "feed": read_feed_gauges,
            "rosters": build_roster_gauges(resources.clock),
            "webhooks": build_webhook_gauges(resources.clock),
        },
        job_intervals=job_intervals,
        waiting_ages=_build_waiting_ages(resources.clock),
    )
    app.webhooks.include_router(webhooks_document.router)
    app.user_middleware.append(Middleware(FastPath))  # the innermost
    return app


def _list_intervals(settings: CertificatesSettings) -> dict[str, float]:
    """How often each job of the other processes is to end well, in seconds."""
    return {
        **dict.fromkeys(SCHEDULED_JOBS, settings.scan_interval_seconds),
        EXPIRY_WEEKS_JOB: settings.expiry_weeks_interval_seconds,
        **dict.fromkeys(ENDLESS_DUTIES, DUTY_SECONDS),
    }


def _build_waiting_ages(clock: Clock) -> dict[str, AgeQuery]:
    """For how long the oldest work of a duty has waited."""
    queries = {
        "feed": select_unsequenced_times(),
        ROSTERS_JOB: select_untold_times(),
        VERIFICATION_JOB: verification_jobs.JOBS.select_open_times(),
        ENROLMENT_JOB: rosters_jobs.JOBS.select_open_times(),
    }
    return {name: age_of_oldest(clock, query) for name, query in queries.items()}
