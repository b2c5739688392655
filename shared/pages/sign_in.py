"""Signing in and out by the identity provider, as every service of the site can offer it."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shared import logs
from shared.encryption import Keyring
from shared.errors import TransientFailure
from shared.pages.navigation import SECTIONS, STAFF_SCOPES
from shared.pages.preferences import choose_reader_language, page_language, read_own_path
from shared.pages.sign_in_attempts import (
    SignInAttempt,
    SignInFailure,
    delete_attempt,
    read_attempt,
    store_attempt,
)
from shared.pages.site import Site
from shared.principal import Principal
from shared.web.guards import PUBLIC, PUBLIC_PAGE
from shared.web.provider import (
    CALLBACK_PATH,
    ENDED_PATH,
    START_PATH,
    CodeRequest,
    ProviderRefusal,
)
from shared.web.resources import get_resources
from shared.web.sessions import (
    SESSION_COOKIE,
    check_own_site,
    delete_cookie,
    identify_expired_session,
    set_cookie,
)

log = logs.get_logger(__name__)

MAX_NEXT_LENGTH = 600
"""Of an address to come back to: it travels in a cookie."""
MAX_TOKEN_LENGTH = 3800
"""Browsers drop a cookie of more than 4096 bytes without a word."""

CASE_PATH = re.compile(r"/cases/(?P<number>\d{2}-\d{1,9})(/|$)", re.ASCII)

STATUS_BY_FAILURE: Mapping[SignInFailure, HTTPStatus] = {
    SignInFailure.DENIED: HTTPStatus.FORBIDDEN,
    SignInFailure.UNKNOWN: HTTPStatus.BAD_REQUEST,
    SignInFailure.EXPIRED: HTTPStatus.BAD_REQUEST,
    SignInFailure.USED: HTTPStatus.BAD_REQUEST,
    SignInFailure.REFUSED: HTTPStatus.BAD_GATEWAY,
    SignInFailure.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of the page that tells a failure."""

OUTLIVED_FAILURES = frozenset({SignInFailure.UNKNOWN, SignInFailure.EXPIRED, SignInFailure.USED})
"""What is nothing to one who is signed in: an answer that a browser sent twice, for one."""

FAILURE_BY_ERROR: Mapping[str, SignInFailure] = {
    "access_denied": SignInFailure.DENIED,
    "invalid_grant": SignInFailure.USED,
    "server_error": SignInFailure.UNAVAILABLE,
    "temporarily_unavailable": SignInFailure.UNAVAILABLE,
}
"""What OAuth's words for errors mean to a person; any other is `REFUSED`."""

NO_STORE = {"Cache-Control": "no-store"}


class SignIn:
    """The pages and the redirects of signing in, on one service's site.

    `keyring` seals what a browser keeps meanwhile.
    """

    def __init__(self, site: Site, keyring: Keyring) -> None:
        self._site = site
        self._keyring = keyring.derive("sign-in")

    def build_page_router(self) -> APIRouter:
        """The pages, which stand below a language."""
        router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)])
        router.add_api_route("/sign-in", self._show_sign_in, methods=["GET"])
        router.add_api_route("/sign-out", self._sign_out, methods=["POST"])
        router.add_api_route("/sign-out", self._show_sign_out, methods=["GET"])
        return router

    def build_redirect_router(self) -> APIRouter:
        """The redirects to the provider and back, whose addresses name no language."""
        router = APIRouter(dependencies=[Depends(PUBLIC)], include_in_schema=False)
        router.add_api_route(START_PATH, self._start, methods=["GET"])
        router.add_api_route(CALLBACK_PATH, self._finish, methods=["GET"])
        router.add_api_route(ENDED_PATH, self._end, methods=["GET"])
        return router

    async def _show_sign_in(
        self,
        request: Request,
        next_path: Annotated[str, Query(alias="next")] = "",
        failure: str = "",
    ) -> HTMLResponse:
        """The page that leads to the provider, or tells why that has failed."""
        language = page_language(request)
        own_path = read_next_path(request, next_path)
        known_failure = next((kind for kind in SignInFailure if kind == failure), None)
        reader: Principal | None = request.state.reader
        if reader is not None and known_failure in OUTLIVED_FAILURES:
            known_failure = None
        page = self._site.render_page(
            request,
            "sign_in.html",
            STATUS_BY_FAILURE[known_failure] if known_failure else HTTPStatus.OK,
            failure=known_failure,
            next_path=own_path or _get_home_path(reader, language),
            has_destination=bool(own_path),
            destination=_name_destination(own_path),
            session_ended=await _has_ended_session(request),
            start_path=f"{START_PATH}?{urlencode({'language': language, 'next': own_path})}",
        )
        page.headers.update(NO_STORE)
        return page

    async def _start(
        self,
        request: Request,
        next_path: Annotated[str, Query(alias="next")] = "",
        language: str = "",
    ) -> Response:
        """Leads to the provider."""
        resources = get_resources(request)
        if language not in resources.languages:
            language = choose_reader_language(request, list(resources.languages))
        attempt = SignInAttempt(
            CodeRequest(),
            read_next_path(request, next_path),
            language,
            resources.clock.now().timestamp(),
        )
        try:
            address = await resources.identity_provider.build_authorization_url(
                attempt.code_request, language
            )
        except TransientFailure as error:
            return _redirect_to_failure(language, attempt.next_path, _explain_failure(error))
        response = RedirectResponse(address, HTTPStatus.SEE_OTHER, NO_STORE)
        store_attempt(request, response, resources.settings, self._keyring, attempt)
        return response

    async def _finish(
        self,
        request: Request,
        state: str = "",
        code: str = "",
        error: str = "",
        iss: str | None = None,
    ) -> Response:
        """Takes the provider's answer: opens the session, or leads to the page that says why not.

        Whatever the answer, the attempt is over.
        """
        resources = get_resources(request)
        settings, now = resources.settings, resources.clock.now()
        attempt = read_attempt(request, settings, self._keyring, state, now)
        if attempt is None:
            language = choose_reader_language(request, list(resources.languages))
            return _redirect_to_failure(language, "", SignInFailure.UNKNOWN)
        response = await _conclude_attempt(request, attempt, code, error, iss)
        delete_attempt(response, settings, state)
        return response

    async def _sign_out(self, request: Request) -> Response:
        """Ends the session in this browser; the page that follows ends it at the provider."""
        check_own_site(request)
        address = f"/{page_language(request)}/sign-out"
        response = RedirectResponse(address, HTTPStatus.SEE_OTHER, NO_STORE)
        delete_cookie(response, get_resources(request).settings, SESSION_COOKIE)
        return response

    async def _show_sign_out(
        self, request: Request, at_provider: Annotated[str, Query(alias="ended")] = ""
    ) -> HTMLResponse:
        """The page of one who has signed out.

        It goes on to the provider by itself, to end the session there: the answer to a form may
        not, as `form-action` keeps forms within this site.
        """
        end_address = None
        if not at_provider and request.state.reader is None:
            try:
                end_address = await get_resources(request).identity_provider.build_end_session_url()
            except TransientFailure as error:
                _explain_failure(error)
        page = self._site.render_page(request, "sign_out.html", end_address=end_address)
        page.headers.update(NO_STORE)
        if end_address is not None:
            page.headers["Refresh"] = f"0; url={end_address}"
        return page

    async def _end(self, request: Request) -> Response:
        """Where the provider leads those whose session it has ended."""
        language = choose_reader_language(request, list(get_resources(request).languages))
        address = f"/{language}/sign-out?ended=yes"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER, NO_STORE)


def read_next_path(request: Request, text: str) -> str:
    """The page of this site to come back to; blank for what is none, such as signing in itself.

    Of an overlong address only the path is kept, without its query.
    """
    path = read_own_path(text, "")
    if len(path) > MAX_NEXT_LENGTH:
        path = path.partition("?")[0]
    _, language, section, *_ = [*path.partition("?")[0].split("/"), "", ""]
    is_page = language in get_resources(request).languages
    is_sign_in = section in {"sign-in", "sign-out", "theme"}
    return path if is_page and not is_sign_in and len(path) <= MAX_NEXT_LENGTH else ""


def _name_destination(next_path: str) -> tuple[str, str] | None:
    """What a page to come back to is called, where it is one that people know: a message, a value.

    The number of a case, or the name of a section.
    """
    path = f"/{next_path.partition('?')[0].removeprefix('/').partition('/')[2]}"
    if case := CASE_PATH.match(path):
        return "case", case["number"]
    section = next((link for link in SECTIONS if f"{path}/".startswith(f"{link.path}/")), None)
    return None if section is None else ("section", section.name)


def _get_home_path(reader: Principal | None, language: str) -> str:
    """Where somebody begins who was going nowhere: staff at their work, all others at the front."""
    is_staff = reader is not None and reader.scopes & STAFF_SCOPES
    return f"/{language}/work" if is_staff else f"/{language}"


async def _has_ended_session(request: Request) -> bool:
    try:
        return await identify_expired_session(request) is not None
    except TransientFailure:
        return False


async def _conclude_attempt(
    request: Request, attempt: SignInAttempt, code: str, error: str, issuer: str | None
) -> Response:
    """The answer to the provider's answer: a session, or the page that says why there is none."""
    resources = get_resources(request)
    now = resources.clock.now()
    language, next_path = attempt.language, attempt.next_path
    if attempt.is_expired(now):
        return _redirect_to_failure(language, next_path, SignInFailure.EXPIRED)
    provider = resources.identity_provider
    try:
        await provider.check_answer_issuer(issuer)
        if error or not code:
            raise ProviderRefusal(error or "no_code")
        token = await provider.redeem_code(code, attempt.code_request, now)
        if len(token) > MAX_TOKEN_LENGTH:
            raise ProviderRefusal("token_too_long_for_a_cookie")
        principal = await resources.token_verifier.authenticate(token, now)
    except (ProviderRefusal, TransientFailure) as failure:
        return _redirect_to_failure(language, next_path, _explain_failure(failure))
    address = next_path or _get_home_path(principal, language)
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER, NO_STORE)
    set_cookie(response, resources.settings, SESSION_COOKIE, token)
    return response


def _explain_failure(error: ProviderRefusal | TransientFailure) -> SignInFailure:
    """What the failure means to a person; what it is stands in the log."""
    if isinstance(error, ProviderRefusal):
        failure = FAILURE_BY_ERROR.get(error.code, SignInFailure.REFUSED)
        # The provider's word comes by the address, which anybody can write.
        reason = error.code if error.code.isidentifier() else "unreadable"
        log.warning("sign_in.refused", failure=failure, reason=reason[:60])
        return failure
    log.error("sign_in.provider_unavailable", error=str(error))
    return SignInFailure.UNAVAILABLE


def _redirect_to_failure(language: str, next_path: str, failure: SignInFailure) -> Response:
    """Leads to the page of the failure: code and state leave the address bar with it."""
    query = urlencode({"failure": failure, "next": next_path})
    address = f"/{language}/sign-in?{query}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, NO_STORE)
