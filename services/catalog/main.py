"""The catalog's HTTP process: `uvicorn --factory services.catalog.main:create`."""

from pathlib import Path

from anyio import CapacityLimiter
from fastapi import FastAPI

from services.catalog.changes import routes as changes_routes
from services.catalog.exports import routes as exports_routes
from services.catalog.imports import routes as imports_routes
from services.catalog.notices import routes as notices_routes
from services.catalog.pages import pages
from services.catalog.pages.rendering import SITE
from services.catalog.procedure import routes as procedure_routes
from services.catalog.procedure import version_routes as procedure_version_routes
from services.catalog.qualification import routes as qualification_routes
from services.catalog.qualification import version_routes as qualification_version_routes
from services.catalog.qualification.dependencies import CatalogResources
from services.catalog.search import routes as search_routes
from services.catalog.settings import CatalogSettings
from shared.clock import Clock
from shared.locale.catalogues import read_languages
from shared.pages.failures import SiteFailures
from shared.web import problem_registry
from shared.web.app import create_app

MULTIPART_BYTES = 64 * 1024
"""What a form needs around the file."""


ROUTERS = [
    procedure_routes.router,
    search_routes.router,
    qualification_routes.router,
    procedure_version_routes.router,
    qualification_version_routes.router,
    notices_routes.reading_router,
    notices_routes.router,
    changes_routes.router,
    imports_routes.router,
    exports_routes.router,
    problem_registry.router,
]
"""Everything that the service answers over HTTP, besides its pages."""


def create(settings: CatalogSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """Creates the application, by default with the environment's settings and the system clock."""
    settings = settings or CatalogSettings()
    languages = read_languages(Path(__file__).parent, settings.locale_folder)
    resources = CatalogResources.open(
        settings,
        clock,
        languages=languages,
        table_readers=CapacityLimiter(settings.table_readers),
    )
    return create_app(
        resources,
        [*ROUTERS, pages.build_router(languages)],
        summary="Qualifications of the sector councils",
        upload_limit_bytes=settings.table_upload_bytes + MULTIPART_BYTES,
        failure_pages=SiteFailures(SITE, {"", "problems"}),
    )
