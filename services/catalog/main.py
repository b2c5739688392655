"""The catalog's HTTP process: `uvicorn --factory services.catalog.main:create`."""

from fastapi import FastAPI

from services.catalog.routes import ROUTERS
from services.catalog.settings import CatalogSettings
from shared.app import create_app
from shared.clock import Clock


def create(settings: CatalogSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """The application; without arguments, as the environment and the machine's clock say."""
    return create_app(
        settings or CatalogSettings(),
        ROUTERS,
        summary="Qualifications of the sector councils",
        clock=clock,
    )
