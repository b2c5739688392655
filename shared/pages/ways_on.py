"""Where a person can go from the page of a failure."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.routing import Match

from shared.pages.preferences import find_language, read_own_path
from shared.web.provider import START_PATH
from shared.web.resources import get_resources
from shared.web.sessions import SAFE_METHODS

RETRIED_FAILURES = frozenset({"429", "500", "503"})
"""What may pass by itself."""


PRIMARY_LINKS = frozenset({"open", "other_account", "retry", "sign_in", "sign_in_tab"})


@dataclass(frozen=True, slots=True)
class Link:
    """A way on: the message `failure.link.<name>`, and where it leads.

    `opens_tab` keeps this page, with what was typed, for the return.
    """

    name: str
    path: str
    opens_tab: bool = False

    @property
    def is_primary(self) -> bool:
        """Whether this is what helps most, and so a button."""
        return self.name in PRIMARY_LINKS


def list_ways_on(request: Request, failure: str, *, keeps_form: bool) -> list[Link]:
    """The links of the failure's page, the most useful first; each address once."""
    own_path, previous_path = read_request_path(request), read_previous_path(request)
    is_read = request.method in SAFE_METHODS
    links = []
    if failure in {"401", "ended", "403"}:
        links.append(_link_sign_in(request, failure, keeps_form=keeps_form))
    if is_read and failure in RETRIED_FAILURES:
        links.append(Link("retry", own_path))
    if failure in {"409", "other_site"} or (failure == "405" and _opens_by_get(request)):
        path = own_path if is_read or failure == "405" else previous_path or own_path
        links.append(Link("open", path))
    if failure == "404":
        links.append(Link("find", "#find"))
    if previous_path not in {None, own_path, *(link.path for link in links)}:
        links.append(Link("back", previous_path or ""))
    links.append(Link("start", f"/{find_language(request)}"))
    return links


def read_request_path(request: Request) -> str:
    """The address of this request on the site, as it was asked for: path and query."""
    raw_path: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    path = raw_path.decode("latin-1").partition("?")[0]
    query = request.scope["query_string"].decode("latin-1")
    return read_own_path(f"{path}?{query}" if query else path, quote(request.scope["path"]))


def read_previous_path(request: Request) -> str | None:
    """The page of this site from which the reader came; None where the browser does not say."""
    try:
        address = urlsplit(request.headers.get("Referer", ""))
        own_host = urlsplit(get_resources(request).settings.site_url).netloc
    except ValueError:
        return None
    if address.netloc not in {own_host, request.headers.get("Host")}:
        return None
    path = f"{address.path}?{address.query}" if address.query else address.path
    return read_own_path(path, "") or None


def _link_sign_in(request: Request, failure: str, *, keeps_form: bool) -> Link:
    """To the provider, which leads back here, or to where the form was filled in.

    Who is signed in and wants to be another is told on the sign-in page how.
    """
    is_read = request.method in SAFE_METHODS
    own_path = read_request_path(request)
    next_path = own_path if is_read else read_previous_path(request) or own_path
    name = "other_account" if failure == "403" else "sign_in_tab" if keeps_form else "sign_in"
    language, next_query = find_language(request), f"next={quote(next_path, safe='/')}"
    address = f"/{language}/sign-in?{next_query}"
    if failure != "403":
        address = f"{START_PATH}?language={language}&{next_query}"
    return Link(name, address, opens_tab=keeps_form)


def _opens_by_get(request: Request) -> bool:
    """Whether a page answers to GET at the address that refused another method.

    `Allow` names the methods of one route only, where several share the address.
    """
    scope = {**request.scope, "method": "GET"}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
