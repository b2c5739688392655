"""The HTTP process of the applications service.

`uvicorn --factory services.applications.main:create`
"""

from fastapi import FastAPI

from services.applications import pages
from services.applications.clients import DocumentStore, antivirus
from services.applications.handlers import handlers
from services.applications.routes import ROUTERS
from services.applications.settings import ApplicationsSettings
from shared.app import create_app
from shared.clock import Clock

MULTIPART_BYTES = 64 * 1024
"""What a form needs around the file: the other fields, and the boundaries."""


def create(settings: ApplicationsSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """The application; without arguments, as the environment and the machine's clock say."""
    settings = settings or ApplicationsSettings()
    app = create_app(
        settings,
        [*ROUTERS, pages.router],
        summary="Applications, from the papers to the council's decision",
        handlers=handlers(settings),
        clock=clock,
        upload_limit_bytes=settings.upload_limit_bytes + MULTIPART_BYTES,
    )
    app.state.antivirus = antivirus(settings.antivirus)
    app.state.documents = DocumentStore.open(settings.documents_url)
    return app
