"""The HTTP process: `uvicorn --factory services.certificates.main:create`."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.certificates.certificate import routes as certificate_routes
from services.certificates.changes import routes as changes_routes
from services.certificates.documents import routes as documents_routes
from services.certificates.issuance import routes as issuance_routes
from services.certificates.issuance.handlers import handlers
from services.certificates.registry import answer_routes as registry_answer_routes
from services.certificates.registry import routes as registry_routes
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import routes as validity_routes
from services.certificates.verification import job_routes as verification_job_routes
from services.certificates.verification import pages as verification_pages
from services.certificates.verification import routes as verification_routes
from services.certificates.verification.fast_path import Express
from services.certificates.verification.rate_limit import Budgets
from shared.clock import Clock
from shared.web.app import create_app

ROUTERS = [
    verification_routes.router,
    verification_job_routes.router,
    certificate_routes.router,
    validity_routes.router,
    changes_routes.router,
    documents_routes.router,
    registry_routes.router,
    registry_answer_routes.router,
    issuance_routes.router,
    verification_pages.router,
]
"""Everything that the service answers over HTTP."""


def create(settings: CertificatesSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """The application; without arguments, as the environment and the machine's clock say."""
    settings = settings or CertificatesSettings()
    app = create_app(
        settings,
        ROUTERS,
        summary="Certificates of qualification and their verification",
        handlers=handlers(settings),
        clock=clock,
        upload_limit_bytes=settings.certificates_stream_limit_bytes,
    )
    app.user_middleware.append(Middleware(Express))  # the innermost
    app.state.budgets = Budgets(settings)
    return app
