"""A browser's session: the access token in a cookie that is closed to scripts and other sites."""

import asyncio
from urllib.parse import urlsplit

from fastapi import Request, Response

from shared.errors import Forbidden, TransientFailure, Unauthenticated
from shared.principal import Principal
from shared.settings import Settings
from shared.web.resources import get_resources

SESSION_COOKIE = "attesta_session"
"""The cookie's name where the site's address is `http:`; see `get_session_cookie_name`."""

MAX_EXPIRED_SECONDS = 7 * 24 * 3600
"""A token that ended longer ago tells nothing any more: over a weekend it should."""

READER_SECONDS = 1.0
"""A page that everybody may read waits no longer for the provider's keys."""

SAFE_METHODS = frozenset({"GET", "HEAD"})


def is_secure_site(settings: Settings) -> bool:
    """Whether people reach the site by `https:`."""
    return urlsplit(settings.site_url).scheme == "https"


def get_cookie_name(settings: Settings, name: str) -> str:
    """The name of a cookie of this site.

    By `https:` it begins with `__Host-`: no other host, nor anybody between, can set it then.
    """
    return f"__Host-{name}" if is_secure_site(settings) else name


def get_session_token(request: Request) -> str:
    """The token in the session's cookie; empty without one."""
    name = get_cookie_name(get_resources(request).settings, SESSION_COOKIE)
    return request.cookies.get(name, "").strip()


def set_cookie(
    response: Response, settings: Settings, name: str, value: str, seconds: int | None = None
) -> None:
    """Sets a cookie of this site; without `seconds` it lasts until the browser is closed.

    `Lax` and not `Strict`: who follows a link in a letter would come as a stranger.
    """
    response.set_cookie(
        get_cookie_name(settings, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=is_secure_site(settings),
    )


def delete_cookie(response: Response, settings: Settings, name: str) -> None:
    """Deletes a cookie that `set_cookie` has set."""
    set_cookie(response, settings, name, "", seconds=0)


async def identify_session(request: Request) -> Principal | None:
    """Who is signed in, by the session's cookie; None without one.

    Raises `Unauthenticated` for a token that is not valid, `TransientFailure` without keys.
    """
    token = get_session_token(request)
    if not token:
        return None
    resources = get_resources(request)
    return await resources.token_verifier.authenticate(token, resources.clock.now())


async def identify_reader(request: Request) -> Principal | None:
    """Who reads a public page; whoever cannot be told at once is nobody."""
    try:
        async with asyncio.timeout(READER_SECONDS):
            return await identify_session(request)
    except (Unauthenticated, TransientFailure, TimeoutError):
        return None


async def identify_expired_session(request: Request) -> Principal | None:
    """Whose session has ended: the token is the provider's own, only its time is over.

    Enough to keep for somebody what they have typed, never to show or to do anything. None where
    there is no such token. Raises `TransientFailure`.
    """
    token = get_session_token(request)
    if not token:
        return None
    resources = get_resources(request)
    return await resources.token_verifier.identify_expired(
        token, resources.clock.now(), MAX_EXPIRED_SECONDS
    )


def check_own_site(request: Request) -> None:
    """Refuses a write that another site makes in somebody's name. Raises `Forbidden`.

    A browser says where a form comes from: by `Origin`, by `Sec-Fetch-Site`, or by both; neither
    may name another site. What says nothing is refused, too. `Origin: null` says nothing: so do
    browsers that keep the address of the page to themselves.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin == "null":
        origin = None
    fetch_site = request.headers.get("Sec-Fetch-Site")
    is_own_origin = origin is None or _is_own_origin(request, origin)
    is_own_fetch = fetch_site is None or fetch_site in {"same-origin", "none"}
    if (origin is None and fetch_site is None) or not is_own_origin or not is_own_fetch:
        raise Forbidden("auth.other_site", "Send the form from this site.")


def _is_own_origin(request: Request, origin: str) -> bool:
    """Whether it is the site's, or that of the address under which the request has come."""
    if origin == _get_origin(get_resources(request).settings.site_url):
        return True
    try:
        address = urlsplit(origin)
    except ValueError:  # no address at all, such as `http://[`
        return False
    # The scheme is not compared: a proxy may have taken TLS off.
    return address.scheme in {"http", "https"} and address.netloc == request.headers.get("Host")


def _get_origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
