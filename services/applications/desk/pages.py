"""All pages of those who work here: the queue, the cases, their acts; and signing in."""

from fastapi import APIRouter

from services.applications.desk import act_pages, attach_pages, case_pages, queue
from services.applications.desk.rendering import SITE
from shared.encryption import Keyring
from shared.locale.catalogues import Languages
from shared.pages.sign_in import SignIn


def build_router(languages: Languages, keyring: Keyring) -> APIRouter:
    """The pages in each of these languages; signing in, sealed with these keys."""
    sign_in = SignIn(SITE, keyring)
    page_routers = [
        sign_in.build_page_router(),
        queue.router,
        case_pages.router,
        attach_pages.router,
        act_pages.router,
    ]
    router = SITE.build_router(tuple(languages), page_routers)
    router.include_router(sign_in.build_redirect_router())
    return router
