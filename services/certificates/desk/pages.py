"""All pages of operations that certificates serves."""

from collections.abc import Mapping

from fastapi import APIRouter, Request

from services.certificates.access.operations import record_disclosure
from services.certificates.desk import endpoint_list, ledger, rehearsal_page, row_lists
from services.certificates.desk.own_panels import CERTIFICATES_FIGURES, OWN_PANELS
from shared.locale.catalogues import Languages
from shared.pages.operations.figures import ServiceFigures
from shared.pages.operations.letter_pages import LetterPages
from shared.pages.operations.overview import OverviewPage
from shared.pages.operations.parked_pages import ParkedPages
from shared.pages.operations.service_pages import ServicePages
from shared.pages.site import include_in_languages
from shared.principal import Principal
from shared.web.resources import get_resources

SERVICE = "certificates"


def build_router(languages: Languages, job_intervals: Mapping[str, float]) -> APIRouter:
    """The pages in each of these languages; intervals of the service's jobs are in seconds."""
    router = APIRouter(include_in_schema=False)
    figures = ServiceFigures(SERVICE, job_intervals, CERTIFICATES_FIGURES, is_consumer=True)
    include_in_languages(
        router,
        languages,
        [
            OverviewPage(figures).build_router(),
            ledger.router,
            rehearsal_page.router,
            row_lists.router,
            endpoint_list.router,
            ServicePages(figures, OWN_PANELS).build_router(),
            ParkedPages(SERVICE).build_router(),
            LetterPages(SERVICE, record_payload_disclosure).build_router(),
        ],
    )
    return router


async def record_payload_disclosure(
    request: Request, caller: Principal, letter_id: int, _: bytes
) -> None:
    """Commits the record that the caller is about to see what a dead letter says."""
    resources = get_resources(request)
    resource = f"dead letter {letter_id}"
    await record_disclosure(resources.database, caller, resource, resources.clock.now())
