"""`/robots.txt` (RFC 9309): which addresses search engines need not ask for.

Pages that must not be shown say so themselves, by `noindex`; this spares the asking.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from shared.pages.navigation import SECTIONS
from shared.web.guards import PUBLIC
from shared.web.resources import get_resources

CLOSED_PATHS = (
    *(section.path for section in SECTIONS if section.scopes),
    *("/cases", "/find", "/sign-in", "/sign-out", "/theme"),
)
"""Below each language; a path stands for all that begin with it."""


def build_robots_router(languages: Sequence[str]) -> APIRouter:
    """The route, for the service that answers the site's bare addresses."""
    router = APIRouter(dependencies=[Depends(PUBLIC)], include_in_schema=False)
    closed_paths = [f"/{language}{path}" for language in languages for path in CLOSED_PATHS]

    @router.get("/robots.txt")
    async def get_robots(request: Request) -> PlainTextResponse:
        """Everything is closed on a trial site: nothing on it is in force."""
        is_trial = get_resources(request).settings.trial_site
        paths = ["/"] if is_trial else ["/v1/", "/sign-in", *closed_paths]
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in paths)]
        return PlainTextResponse("\n".join([*lines, ""]))

    return router
