"""How a page is made: template, language, headers; and problems as pages."""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.catalog.lifecycle.force import State
from services.catalog.pages.words import MESSAGES, Language, Words
from shared.errors import DomainError, NotFound

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
}
STYLE = (Path(__file__).parent / "static" / "catalogue.css").read_bytes()
STYLE_NAME = f"catalogue.{hashlib.sha256(STYLE).hexdigest()[:12]}.css"

_TEMPLATES = Environment(
    loader=PackageLoader("services.catalog.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_SHAPES = {State.IN_FORCE: "●", State.SCHEDULED: "○", State.SUPERSEDED: "◐", State.WITHDRAWN: "■"}


def _language(request: Request) -> Language:
    return cast("Language", request.url.path[1:3])


PageLanguage = Annotated[Language, Depends(_language)]
"""The language of the page, from its address."""


def page(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page in the language of its address."""
    words = Words(_language(request))
    other = "en" if words.language == "ru" else "ru"
    query = f"?{request.url.query}" if request.url.query else ""
    html = _TEMPLATES.get_template(template).render(
        t=words,
        base=f"/{words.language}",
        other=other,
        elsewhere=f"/{other}{request.url.path[3:]}{query}",
        style=f"/static/{STYLE_NAME}",
        shapes=_SHAPES,
        last=lambda until: until - timedelta(days=1),
        known=MESSAGES.keys(),
        parse_day=date.fromisoformat,
        **shown,
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


class PageRoute(APIRoute):
    """Shows to people what would be a problem document for programs."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with problems as pages."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except NotFound as error:
                return page(request, "problem.html", 404, key="problem.404", faults=[], said=error)
            except DomainError as error:
                return page(request, "problem.html", 422, key="problem.422", faults=[], said=error)
            except RequestValidationError as error:
                faults = [(fault["loc"][-1], fault["msg"]) for fault in error.errors()]
                return page(request, "problem.html", 422, key="problem.422", faults=faults, said="")

        return shown
