"""A site of the tests' own whose pages fail in every way that a page can; what its pages say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, FastAPI, Form, Query, Request, Response
from fastapi.responses import PlainTextResponse
from jinja2 import TemplateNotFound
from sqlalchemy import text
from starlette.exceptions import HTTPException

from services.catalog.settings import CatalogSettings
from shared.clock import Clock
from shared.db import execute
from shared.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RuleViolation,
    StaleVersion,
    TooManyRequests,
    TransientFailure,
    Unauthenticated,
)
from shared.locale.catalogues import read_languages
from shared.pages.failures import SiteFailures
from shared.pages.site import Site
from shared.principal import Scope
from shared.web.app import create_app
from shared.web.guards import PUBLIC, AllowPage
from shared.web.resources import Resources, get_resources

LANGUAGES = ("ru", "en")

ERRORS: Mapping[str, tuple[int, Callable[[], Exception]]] = {
    "unreadable": (400, lambda: HTTPException(400, "There was an error parsing the body")),
    "stranger": (401, lambda: Unauthenticated("auth.missing", "Sign in to see this page.")),
    "ended": (401, lambda: Unauthenticated("auth.session_ended", "Your session has ended.")),
    "scope": (403, lambda: Forbidden("auth.scope", "This asks for the scope operations.")),
    "absent": (404, lambda: NotFound("page.unknown", "/nowhere")),
    "teapot": (418, lambda: HTTPException(418, "I am a teapot")),
    "conflict": (409, lambda: Conflict("lifecycle.transition", "Not from here.")),
    "stale": (412, lambda: StaleVersion("resource.changed", "It is now version 3.")),
    "large": (413, lambda: HTTPException(413, "At most 10 bytes.")),
    "media": (415, lambda: HTTPException(415, "Unsupported media type")),
    "rule": (422, lambda: RuleViolation("some.unheard_rule", "Nobody has words for it.")),
    "often": (
        429,
        lambda: TooManyRequests(
            "limit.questions", "Ask again in 90 seconds.", headers={"Retry-After": "90"}
        ),
    ),
    "defect": (500, lambda: ZeroDivisionError("division by zero")),
    "template": (500, lambda: TemplateNotFound("absent.html")),
    "gateway": (502, lambda: HTTPException(502, "Bad gateway")),
    "away": (503, lambda: TransientFailure("the antivirus does not answer")),
    "refused": (503, lambda: ConnectionRefusedError("[Errno 111]")),
}
"""What a page may raise, by name: the status that it means, and the error."""


def build_error(name: str) -> Exception:
    """A new error of this name."""
    return ERRORS[name][1]()


REFUSED_AT_COMMIT = (
    "CREATE TABLE refused (id int)",
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'late' USING ERRCODE = '40001'; END $$""",
    """CREATE CONSTRAINT TRIGGER late AFTER INSERT ON refused DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse()""",
    "INSERT INTO refused VALUES (1)",
)

router = APIRouter(dependencies=[Depends(PUBLIC)])
staff_router = APIRouter(dependencies=[Depends(AllowPage(Scope.PROCESS))])


@router.get("/fail/{name}")
async def fail_reading(name: str) -> None:
    """Raises the error of this name."""
    raise build_error(name)


@router.post("/fail/unread/{name}")
async def fail_before_reading(name: str) -> None:
    """Raises the error before anything of the body is read."""
    raise build_error(name)


@router.post("/fail/form/{name}")
async def fail_after_reading(name: str, request: Request) -> None:
    """Raises the error when the form has been read."""
    async with request.form():
        raise build_error(name)


@router.post("/fail/field/{name}")
async def fail_with_field(name: str, reason: Annotated[str, Form()] = "") -> None:
    """Raises the error when FastAPI has read the form."""
    raise build_error(name)


@router.post("/fail/committed")
async def fail_after_commit(request: Request) -> None:
    """Fails when the change has been committed."""
    async with get_resources(request).database.transaction() as session:
        await execute(session, text("SELECT 1"))
    raise build_error("defect")


@router.post("/fail/rolled-back")
async def fail_before_commit(request: Request) -> None:
    """Fails while the change is being made."""
    async with get_resources(request).database.transaction() as session:
        await execute(session, text("SELECT 1"))
        raise build_error("defect")


@router.post("/fail/commit-refused")
async def fail_at_commit(request: Request) -> None:
    """The database refuses the commit itself."""
    async with get_resources(request).database.transaction() as session:
        for statement in REFUSED_AT_COMMIT:
            await execute(session, text(statement))


@router.get("/fail/typed/{number}/{day}")
async def fail_by_types(number: int, since: Annotated[int, Query(ge=1, le=9)] = 1) -> None:
    """Answers only to numbers."""


@router.post("/echo")
async def echo(request: Request) -> Response:
    """What was sent, as it came."""
    async with request.form() as form:
        return PlainTextResponse(repr(form.multi_items()))


@staff_router.get("/staff")
@staff_router.post("/staff")
async def work() -> None:
    """A page for staff."""


def create_failing_site(settings: CatalogSettings, clock: Clock) -> FastAPI:
    """The site in each language."""
    languages = read_languages()
    site = Site("shared.pages", "fail", {})
    return create_app(
        Resources.open(settings, clock, languages=languages),
        [site.build_router(LANGUAGES, [router, staff_router])],
        summary="Failures",
        upload_limit_bytes=100_000,
        failure_pages=SiteFailures(site),
    )


@dataclass(slots=True)
class _Form:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a browser makes of a page: its language, title, headings, words, links and forms."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.language = self.title = self.text = ""
        self.headings: list[str] = []
        self.links: list[str] = []
        self.forms: list[_Form] = []
        self.tags: set[str] = set()
        self._open_tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags |= {tag, *(name for name in attributes if name.startswith("on"))}
        self._open_tags.append(tag)
        if tag == "html":
            self.language = attributes["lang"]
        elif tag == "h1":
            self.headings.append("")
        elif tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag == "form":
            self.forms.append(_Form(attributes.get("action", "")))
        elif tag == "input" and self.forms and attributes.get("type") == "hidden":
            self.forms[-1].fields.append((attributes["name"], attributes["value"]))

    def handle_data(self, data: str) -> None:
        tag = self._open_tags[-1] if self._open_tags else ""
        if tag == "title":
            self.title += data
        if self.headings and tag == "h1":
            self.headings[-1] += data
        if tag not in {"script", "style"}:
            self.text += f" {data}"

    def handle_endtag(self, tag: str) -> None:
        while self._open_tags and self._open_tags.pop() != tag:
            pass

    def find_form(self, action: str) -> _Form:
        """The form that is sent to this address."""
        (form,) = [form for form in self.forms if form.action == action]
        return form


def read_page(response: httpx.Response, status: int, language: str) -> Page:
    """The page of a failure, after checking what holds for all of them."""
    assert response.status_code == status, response.text[:500]
    headers = response.headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert "www-authenticate" not in headers
    assert headers["x-correlation-id"]
    page = read_any_page(response, language)
    assert page.headings[0].strip() in page.title
    return page


def read_any_page(response: httpx.Response, language: str) -> Page:
    """A page, also one of a form that was refused, after checking what holds for all."""
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Page(response.text)
    assert page.language == language
    assert len(page.headings) == 1
    assert page.headings[0].strip()
    assert response.text.count("<script") <= 1
    return page
