"""A service's pages: templates, language, headers, and the routes that every service has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from shared.pages.preferences import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Theme,
    choose_reader_language,
    find_language,
    page_language,
    read_own_path,
    store_preference,
)
from shared.pages.shell import build_shell
from shared.pages.static_files import build_static_routes
from shared.web.guards import PUBLIC
from shared.web.resources import get_resources

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language",
}
NO_INDEX = {"X-Robots-Tag": "noindex, nofollow"}
"""The header of pages that no search engine may show."""


class Site:
    """The pages of one service: `package` holds the templates.

    `common_values` go to every template. `home` is the address, without the language, to which the
    service's own `/` leads. `headers` are added to those of every page. `is_work` are pages for
    those who work here, which no search engine may show.
    """

    def __init__(
        self,
        package: str,
        home: str,
        common_values: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        is_work: bool = False,
    ) -> None:
        self._home = home
        self._common_values = {"is_work": is_work, **common_values}
        self._headers = {**HEADERS, **(NO_INDEX if is_work else {}), **(headers or {})}
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
        """Routes of the pages in each language, of `/`, of the theme, and of the static files.

        `/` leads to the reader's language, or to the first.
        """
        router = APIRouter(include_in_schema=False)
        include_in_languages(router, languages, (_theme_router, *page_routers))
        router.include_router(self._build_front_route(languages))
        router.include_router(build_static_routes())
        return router

    def _build_front_route(self, languages: Sequence[str]) -> APIRouter:
        router = APIRouter(dependencies=[Depends(PUBLIC)])

        @router.get("/")
        async def redirect_to_home(request: Request) -> Response:
            path = f"/{choose_reader_language(request, languages)}/{self._home}".rstrip("/")
            return RedirectResponse(path, 307, headers={"Vary": "Cookie, Accept-Language"})

        return router

    def render_page(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page rendered in the language of its address, with these template values.

        `address` is the page's, below the language: there the same page is in other languages.
        `language_form` is the id of an open form, with which a change of language is sent. What
        `is_indexed` is False for, no search engine may show, though everybody may read it.
        """
        languages = get_resources(request).languages
        language = find_language(request)
        path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
        own_address = path.removeprefix(f"/{language}") + (f"?{query}" if query else "")
        address = values.pop("address", own_address)
        shell = build_shell(request, language, address)
        html = self._templates.get_template(template).render(
            {
                "t": languages[language],
                "base": f"/{language}",
                "address": address,
                "shell": shell,
                "zone": shell.zone,
                "status": status,
                "language_form": "",
                "is_indexed": True,
                **self._common_values,
                **values,
            }
        )
        headers = self._headers if values.get("is_indexed", True) else self._headers | NO_INDEX
        response = HTMLResponse(html, status_code=status, headers=headers)
        store_preference(request, response, LANGUAGE_COOKIE, language)
        return response


def include_in_languages(
    router: APIRouter, languages: Iterable[str], page_routers: Iterable[APIRouter]
) -> None:
    """Adds the routes of these pages below each language."""
    for page_router in page_routers:
        for language in languages:
            router.include_router(page_router, prefix=f"/{language}")


_theme_router = APIRouter(dependencies=[Depends(PUBLIC)], include_in_schema=False)


@_theme_router.post("/theme")
async def choose_theme(
    request: Request,
    theme: Annotated[str, Form(max_length=20)] = "",
    next_path: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Remembers the theme in this browser, and leads back to the page where it was chosen."""
    home_path = f"/{page_language(request)}"
    response = RedirectResponse(read_own_path(next_path, home_path), status_code=303)
    chosen_theme: Theme = next((name for name in THEMES if name == theme), "auto")
    store_preference(request, response, THEME_COOKIE, chosen_theme)
    return response
