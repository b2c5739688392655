"""The overview of operations: the figures of every service at one address.

Each service can answer it, with its own figures in place. Those of the others are asked for by the
reader's browser, from the pages of those services: so no service needs another, and one that is
silent is told as such. Without a script there are links.
"""

from fastapi import APIRouter, Depends, Request, Response

from shared.pages.operations.figures import ServiceFigures
from shared.pages.operations.panels import OPERATIONS_GUARD, answer_if_changed
from shared.pages.operations.service_pages import SITE

SERVICES = ("catalog", "applications", "certificates")
"""The services of the platform, as addresses and messages name them."""


class OverviewPage:
    """The first page of operations, answered by the service of these figures."""

    def __init__(self, figures: ServiceFigures) -> None:
        self._figures = figures

    def build_router(self) -> APIRouter:
        """The route below a language."""
        router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])
        router.get("/operations")(self.show_overview)
        return router

    async def show_overview(self, request: Request) -> Response:
        """The figures of this service, and the places of those of the others."""
        page = SITE.render_page(
            request,
            "operations/overview.html",
            services=SERVICES,
            own_service=self._figures.service,
            tiles=await self._figures.read_tiles(request),
        )
        return answer_if_changed(request, page)
