"""The HTTP process: `uvicorn --factory services.certificates.main:create`."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.certificates import pages, routes
from services.certificates.handlers import handlers
from services.certificates.operations.asking import Budgets
from services.certificates.routes.express import Express
from services.certificates.settings import CertificatesSettings
from shared.app import create_app
from shared.clock import Clock


def create(settings: CertificatesSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """The application; without arguments, as the environment and the machine's clock say."""
    settings = settings or CertificatesSettings()
    app = create_app(
        settings,
        [*routes.ROUTERS, pages.router],
        summary="Certificates of qualification and their verification",
        handlers=handlers(settings),
        clock=clock,
        upload_limit_bytes=settings.certificates_stream_limit_bytes,
    )
    app.user_middleware.append(Middleware(Express))  # the innermost
    app.state.budgets = Budgets(settings)
    return app
