"""The catalog's HTTP process: `uvicorn --factory services.catalog.main:create`."""

from anyio import CapacityLimiter
from fastapi import FastAPI

from services.catalog import pages
from services.catalog.routes import ROUTERS
from services.catalog.settings import CatalogSettings
from shared.app import create_app
from shared.clock import Clock

MULTIPART_BYTES = 64 * 1024
"""What a form needs around the file."""


def create(settings: CatalogSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """The application; without arguments, as the environment and the machine's clock say."""
    settings = settings or CatalogSettings()
    app = create_app(
        settings,
        [*ROUTERS, pages.router],
        summary="Qualifications of the sector councils",
        clock=clock,
        upload_limit_bytes=settings.table_upload_bytes + MULTIPART_BYTES,
    )
    app.state.table_readers = CapacityLimiter(settings.table_readers)
    return app
