"""The pages that explain the rules of the API: all of them, and one each, where problems lead."""

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shared.locale.catalogues import Languages
from shared.pages.preferences import choose_reader_language, get_translator, page_language
from shared.pages.site import Site
from shared.web.guards import PUBLIC, PUBLIC_PAGE
from shared.web.problem_documents import PAGES_PATH
from shared.web.problem_registry import RuleName, get_rule, read_registry


def build_problem_pages(site: Site) -> APIRouter:
    """The pages in one language."""
    router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)], include_in_schema=False)

    @router.get(PAGES_PATH)
    async def list_rules(request: Request) -> HTMLResponse:
        rules = list(read_registry().values())
        language = page_language(request)
        return site.render_page(request, "problems.html", rules=rules, language=language)

    @router.get(PAGES_PATH + "/{rule}")
    async def show_rule(rule: RuleName, request: Request) -> HTMLResponse:
        t = get_translator(request)
        known_rule = get_rule(rule)
        advice = [
            (status, t(f"problem.title.{status}"), t(f"problem.advice.{status}"))
            for status in known_rule.statuses
        ]
        services = [
            t("problem.page.any_service") if name == "shared" else t(f"operations.room.{name}")
            for name in known_rule.services
        ]
        return site.render_page(
            request,
            "problem.html",
            rule=known_rule,
            advice=advice,
            services=services,
            language=page_language(request),
        )

    return router


def build_problem_redirects(languages: Languages) -> APIRouter:
    """The addresses that problems name: without a language, each leads to the reader's own."""
    router = APIRouter(dependencies=[Depends(PUBLIC)], include_in_schema=False)

    @router.get(PAGES_PATH + "/{rule}")
    async def redirect_to_rule(rule: RuleName, request: Request) -> Response:
        language = choose_reader_language(request, tuple(languages))
        return RedirectResponse(
            f"/{language}{PAGES_PATH}/{rule}",
            HTTPStatus.TEMPORARY_REDIRECT,
            headers={"Vary": "Cookie, Accept-Language"},
        )

    return router
