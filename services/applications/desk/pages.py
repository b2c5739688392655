"""All pages of those who work here: the queue, cases, their acts; operations; signing in."""

from collections.abc import Mapping

from fastapi import APIRouter, Request

from services.applications.access.operations import record_payload_disclosure
from services.applications.desk import (
    act_pages,
    attach_pages,
    case_pages,
    hand_pages,
    limit_pages,
    mail_pages,
    queue,
    rehearsal_page,
)
from services.applications.desk.own_panels import APPLICATIONS_FIGURES, OWN_PANELS
from services.applications.desk.rendering import SITE
from services.applications.digests import contact_pages
from services.applications.letters import unsubscribe_pages
from services.applications.renewals import renewal_pages
from shared.encryption import Keyring
from shared.locale.catalogues import Languages
from shared.pages.operations.figures import ServiceFigures
from shared.pages.operations.letter_pages import LetterPages
from shared.pages.operations.overview import OverviewPage
from shared.pages.operations.parked_pages import ParkedPages
from shared.pages.operations.service_pages import ServicePages
from shared.pages.sign_in import SignIn
from shared.principal import Principal
from shared.web.resources import get_resources

SERVICE = "applications"


def build_router(
    languages: Languages, keyring: Keyring, job_intervals: Mapping[str, float]
) -> APIRouter:
    """The pages in each of these languages; signing in, sealed with these keys.

    `job_intervals` are those of the service's scheduler, in seconds.
    """
    sign_in = SignIn(SITE, keyring)
    figures = ServiceFigures(SERVICE, job_intervals, APPLICATIONS_FIGURES, is_consumer=True)
    page_routers = [
        sign_in.build_page_router(),
        queue.router,
        case_pages.router,
        attach_pages.router,
        act_pages.router,
        OverviewPage(figures).build_router(),
        ServicePages(figures, OWN_PANELS).build_router(),
        limit_pages.router,
        mail_pages.router,
        rehearsal_page.router,
        hand_pages.router,
        contact_pages.router,
        unsubscribe_pages.router,
        renewal_pages.router,
        ParkedPages(SERVICE).build_router(),
        LetterPages(SERVICE, _record_disclosure).build_router(),
    ]
    router = SITE.build_router(tuple(languages), page_routers)
    router.include_router(sign_in.build_redirect_router())
    return router


async def _record_disclosure(
    request: Request, caller: Principal, letter_id: int, payload: bytes
) -> None:
    """Commits the record that the caller is about to see what a dead letter says."""
    resources = get_resources(request)
    resource = f"dead letter {letter_id}"
    async with resources.database.transaction() as session:
        await record_payload_disclosure(session, caller, resource, resources.clock.now(), payload)
