"""A service's pages: templates, language, headers; and problems as pages."""

import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from shared.errors import DomainError, Forbidden, NotFound, TooManyRequests, Unauthenticated
from shared.locale.accept_language import choose_language
from shared.web.guards import PUBLIC
from shared.web.resources import get_resources

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
}
PROBLEM_STATUSES: Mapping[type[DomainError], int] = {
    Forbidden: 403,
    NotFound: 404,
    TooManyRequests: 429,
}
"""The status of a problem's page, and its message `problem.<status>`; of all others it is 422."""

STYLE_SHEET = (Path(__file__).parent / "static" / "attesta.css").read_bytes()
STYLE_SHEET_NAME = f"attesta.{hashlib.sha256(STYLE_SHEET).hexdigest()[:12]}.css"


def page_language(request: Request) -> str:
    """The language of a page, from its address: `/ru/...`."""
    return request.url.path.split("/", 2)[1]


class Site:
    """The pages of one service: `package` holds the templates.

    `common_values` go to every template. `home` is the address of the first page, without the
    language. `headers` are added to those of every page. Without a `sign_in` page an
    unauthenticated reader gets a problem page instead of the sign-in form.
    """

    def __init__(
        self,
        package: str,
        home: str,
        common_values: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        sign_in: str | None = None,
    ) -> None:
        self._home = home
        self._common_values = {"home": home, **common_values}
        self._headers = {**HEADERS, **(headers or {})}
        self._sign_in = sign_in
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("shared.pages")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def build_router(
        self, languages: Sequence[str], page_routers: Sequence[APIRouter]
    ) -> APIRouter:
        """Routes of the pages in each language, of `/`, and of the style sheet.

        `/` leads to the reader's language, or to the first.
        """
        router = APIRouter(include_in_schema=False)
        for page_router in page_routers:
            for language in languages:
                router.include_router(page_router, prefix=f"/{language}")
        router.include_router(self._build_front_routes(languages))
        return router

    def _build_front_routes(self, languages: Sequence[str]) -> APIRouter:
        """Routes of `/` and of the style sheet.

        The style sheet's name changes with its content, so browsers keep it for good.
        """
        router = APIRouter(dependencies=[Depends(PUBLIC)])

        @router.get("/")
        async def redirect_to_home(request: Request) -> Response:
            header = ",".join(request.headers.getlist("Accept-Language"))
            return RedirectResponse(
                f"/{choose_language(header, languages)}/{self._home}",
                status_code=307,
                headers={"Vary": "Accept-Language"},
            )

        @router.get(f"/static/{STYLE_SHEET_NAME}")
        async def get_style_sheet() -> Response:
            headers = {"Cache-Control": "public, max-age=31536000, immutable"}
            return Response(STYLE_SHEET, media_type="text/css", headers=headers)

        return router

    def render_page(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page rendered in the language of its address, with these template values.

        `address` is the page's, below the language: there the same page is in other languages.
        """
        languages = get_resources(request).languages
        language = page_language(request)
        query = f"?{request.url.query}" if request.url.query else ""
        html = self._templates.get_template(template).render(
            {
                "t": languages[language],
                "base": f"/{language}",
                "other_languages": [
                    other_language for code, other_language in languages.items() if code != language
                ],
                "address": f"{request.url.path.removeprefix(f'/{language}')}{query}",
                "style": f"/static/{STYLE_SHEET_NAME}",
                **self._common_values,
                **values,
            }
        )
        return HTMLResponse(html, status_code=status, headers=self._headers)

    def page_route_class(self) -> type[APIRoute]:
        """A route class that renders errors as pages instead of problem documents."""
        site = self

        class PageRoute(APIRoute):
            """A route whose domain errors become problem pages."""

            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                """The route's handler, with errors rendered as pages."""
                handle_request = super().get_route_handler()

                async def handle_with_problem_pages(request: Request) -> Response:
                    try:
                        return await handle_request(request)
                    except (DomainError, RequestValidationError) as error:
                        return site.render_problem(request, error)

                return handle_with_problem_pages

        return PageRoute

    def render_problem(
        self, request: Request, error: DomainError | RequestValidationError
    ) -> Response:
        """An error as a problem page; an unauthenticated reader is led to the sign-in page."""
        if isinstance(error, Unauthenticated) and self._sign_in is not None:
            return RedirectResponse(f"/{page_language(request)}/{self._sign_in}", status_code=303)
        field_errors = []
        status, explanation = 422, ""
        if isinstance(error, RequestValidationError):
            field_errors = [
                (field_error["loc"][-1], field_error["msg"]) for field_error in error.errors()
            ]
        else:
            status = next(
                (code for kind, code in PROBLEM_STATUSES.items() if isinstance(error, kind)), status
            )
            explanation = str(error)
        key = f"problem.{status}"
        page = self.render_page(
            request,
            "problem.html",
            status,
            key=key,
            field_errors=field_errors,
            explanation=explanation,
        )
        if isinstance(error, TooManyRequests):
            page.headers.update(error.headers)
        return page
