"""All pages of the catalogue, with their addresses."""

from fastapi import APIRouter

from services.catalog.pages import front_pages, list_pages, printed_form, qualification_pages
from services.catalog.pages.rendering import SITE
from shared.locale.catalogues import Languages
from shared.pages.operations.figures import ServiceFigures
from shared.pages.operations.overview import OverviewPage
from shared.pages.operations.parked_pages import ParkedPages
from shared.pages.operations.service_pages import ServicePages
from shared.pages.parts_page import build_parts_router
from shared.pages.problem_pages import build_problem_pages, build_problem_redirects
from shared.pages.robots import build_robots_router

FIGURES = ServiceFigures("catalog", {}, is_consumer=False)
"""It consumes no events, and has no scheduler."""
ROUTERS = [
    OverviewPage(FIGURES).build_router(),
    ServicePages(FIGURES).build_router(),
    ParkedPages("catalog").build_router(),
    build_parts_router(SITE),
    build_problem_pages(SITE),
    front_pages.router,
    list_pages.router,
    qualification_pages.router,
    printed_form.router,
]


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages, and what search engines may ask for."""
    router = SITE.build_router(tuple(languages), ROUTERS)
    router.include_router(build_robots_router(tuple(languages)))
    router.include_router(build_problem_redirects(languages))
    return router
