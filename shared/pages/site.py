"""A service's pages: templates, language, headers; and problems as pages."""

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from shared.errors import DomainError, Forbidden, NotFound, TooManyRequests, Unauthenticated
from shared.pages.locale import LANGUAGES, Language, Messages, Words

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
}
STYLE = (Path(__file__).parent / "static" / "attesta.css").read_bytes()
STYLE_NAME = f"attesta.{hashlib.sha256(STYLE).hexdigest()[:12]}.css"


def language(request: Request) -> Language:
    """The language of a page, from its address."""
    return cast("Language", request.url.path[1:3])


def preferred(request: Request) -> Language:
    """The language that the reader's browser prefers."""
    wanted = request.headers.get("Accept-Language", "").lower()
    places = {each: wanted.find(each) for each in LANGUAGES}
    asked = sorted((place, each) for each, place in places.items() if place >= 0)
    return asked[0][1] if asked else LANGUAGES[0]


class Site:
    """The pages of one service: `package` holds the templates, `shown` what all of them need.

    `home` is the address of its first page, without the language.

    `headers` are added to those of every page. Without a `sign_in` page nobody is asked who they
    are.
    """

    def __init__(
        self,
        package: str,
        messages: Messages,
        home: str,
        shown: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        sign_in: str | None = None,
    ) -> None:
        self._messages = messages
        self._home = home
        self._shown = {"home": home, **shown}
        self._headers = {**HEADERS, **(headers or {})}
        self._sign_in = sign_in
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("shared.pages")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def front(self) -> APIRouter:
        """The entrance without a language, and the style.

        The style's name changes with its content, so it is kept for good.
        """
        router = APIRouter()

        @router.get("/")
        async def start(request: Request) -> Response:
            return RedirectResponse(
                f"/{preferred(request)}/{self._home}",
                status_code=307,
                headers={"Vary": "Accept-Language"},
            )

        @router.get(f"/static/{STYLE_NAME}")
        async def style() -> Response:
            headers = {"Cache-Control": "public, max-age=31536000, immutable"}
            return Response(STYLE, media_type="text/css", headers=headers)

        return router

    def page(
        self, request: Request, template: str, status: int = 200, **shown: Any
    ) -> HTMLResponse:
        """A page in the language of its address."""
        words = Words(language(request), self._messages)
        other = "en" if words.language == "ru" else "ru"
        query = f"?{request.url.query}" if request.url.query else ""
        html = self._templates.get_template(template).render(
            t=words,
            base=f"/{words.language}",
            other=other,
            elsewhere=f"/{other}{request.url.path[3:]}{query}",
            style=f"/static/{STYLE_NAME}",
            known=self._messages.keys(),
            **{**self._shown, **shown},
        )
        return HTMLResponse(html, status_code=status, headers=self._headers)

    def route(self) -> type[APIRoute]:
        """Routes that show to people what would be a problem document for programs."""
        site = self

        class PageRoute(APIRoute):
            """A page."""

            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                """The handler, with problems as pages."""
                handle = super().get_route_handler()

                async def shown(request: Request) -> Response:
                    try:
                        return await handle(request)
                    except (DomainError, RequestValidationError) as error:
                        return site.problem(request, error)

                return shown

        return PageRoute

    def problem(self, request: Request, error: DomainError | RequestValidationError) -> Response:
        """A problem as a page; who is not known is asked to sign in."""
        if isinstance(error, Unauthenticated) and self._sign_in is not None:
            return RedirectResponse(f"/{language(request)}/{self._sign_in}", status_code=303)
        faults = []
        status, said = 422, ""
        if isinstance(error, RequestValidationError):
            faults = [(fault["loc"][-1], fault["msg"]) for fault in error.errors()]
        else:
            status = 404 if isinstance(error, NotFound) else status
            status = 403 if isinstance(error, Forbidden) else status
            status = 429 if isinstance(error, TooManyRequests) else status
            said = str(error)
        key = f"problem.{status}"
        shown = self.page(request, "problem.html", status, key=key, faults=faults, said=said)
        if isinstance(error, TooManyRequests):
            shown.headers.update(error.headers)
        return shown
