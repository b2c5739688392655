"""The public pages of verification and renewal, and the bare addresses that lead to them."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.certificates.certificate.number import NUMBER_MAX_LENGTH
from services.certificates.renewal.queries import SuggestedWindow, find_window
from services.certificates.verification import queries
from services.certificates.verification.answers import Verifier
from services.certificates.verification.forms import (
    PageQuestion,
    QuestionFault,
    read_question,
)
from services.certificates.verification.resources import get_verification_resources
from services.certificates.verification.verdict_view import VerdictView, build_view
from shared.errors import TooManyRequests
from shared.locale.catalogues import Languages
from shared.pages.forms import FormError, FormFields, FormState, read_fields
from shared.pages.preferences import choose_reader_language, page_language
from shared.pages.shell import read_reader
from shared.pages.site import NO_INDEX, Site
from shared.web.dependencies import Now, Today
from shared.web.guards import PUBLIC, PUBLIC_PAGE
from shared.web.rate_limit import Quota
from shared.web.resources import get_resources

SITE = Site(
    "services.certificates.verification",
    "verify",
    {"number_max_length": NUMBER_MAX_LENGTH},
    {"Cache-Control": "private, no-store"},
)
DATE_FIELDS = {"issued_on", "issued_on-day", "issued_on-month", "issued_on-year"}
"""A query that has none of them asks for the form; a number in it is put there."""

_page_router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)])


@_page_router.get("/verify")
async def show_verification(request: Request, now: Now, today: Today) -> Response:
    """The form; with a number and a date of issue, their answer.

    What a person sent by the form leads to the answer's own address, which can be kept and shared.
    A query `number=…&issued_on=2026-11-25` is answered as it stands.
    """
    fields = read_fields(request.query_params)
    if not request.query_params.keys() & DATE_FIELDS:
        form = FormState(fields)
        return SITE.render_page(request, "verify.html", view=None, form=form, is_indexed=not fields)
    question = read_question(fields, today)
    if isinstance(question, PageQuestion) and "issued_on" not in fields and question.address:
        return RedirectResponse(f"/{page_language(request)}{question.address}", status_code=303)
    return await _answer_question(request, fields, question, now)


@_page_router.get("/verify/{number:path}/{issued_on}")
async def show_answer(
    request: Request, number: str, issued_on: str, now: Now, today: Today
) -> Response:
    """The answer about a certificate at its own address; `on` asks about a past day."""
    fields = read_fields(request.query_params) | {"number": number, "issued_on": issued_on}
    return await _answer_question(request, fields, read_question(fields, today), now)


@_page_router.get("/renewal")
async def show_renewal(request: Request) -> Response:
    """Why certificates are best renewed on certain days, who spread them, and how to renew."""
    settings = get_verification_resources(request).settings
    return SITE.render_page(request, "renewal.html", settings=settings)


async def _answer_question(
    request: Request,
    fields: FormFields,
    question: PageQuestion | list[QuestionFault],
    now: datetime,
) -> Response:
    """The answer, with the form filled; or the form with what is wrong with the question."""
    if not isinstance(question, PageQuestion):
        return _render_faults(request, fields, question)
    resources = get_verification_resources(request)
    allowance = resources.rate_limits.for_caller(read_reader(request), request.client)
    form = FormState(question.to_form_values())
    try:
        await allowance.reserve()
    except TooManyRequests as refusal:
        return _render_refusal(request, form, refusal, now)
    pool = await resources.database.read_pool.get_pool()
    verifier = Verifier.about(pool, question.on, now, resources.settings)
    view, window = await _find_view(verifier, question)
    tries: Quota | None = None
    if view.certificate is None:
        await allowance.count_unknown_certificate(question.number, question.issued_on)
        tries = await allowance.get_unknown_quota()
    return SITE.render_page(
        request,
        "verify.html",
        view=view,
        window=window,
        question=question,
        form=form,
        tries=tries,
        more_at=_round_to_minute(now, tries.seconds_until_more) if tries else None,
        is_indexed=False,
    )


async def _find_view(
    verifier: Verifier, question: PageQuestion
) -> tuple[VerdictView, SuggestedWindow | None]:
    """What the page says, and of a certificate that is valid today when it is best renewed."""
    facts = await queries.get_certificate_facts(verifier.pool, question.number, question.issued_on)
    view = build_view(verifier, facts)
    if view.successor is not None:
        successors = await queries.list_certificate_facts(verifier.pool, [view.successor])
        return build_view(verifier, facts, successors.get(view.successor)), None
    if facts is None or not view.is_renewable:
        return view, None
    return view, await find_window(verifier.pool, facts.id)


def _render_faults(
    request: Request, fields: FormFields, faults: list[QuestionFault]
) -> HTMLResponse:
    """The form as it was filled, with each fault at its field."""
    t = get_resources(request).languages[page_language(request)]
    errors = [FormError(fault.field, t(f"fault.{fault}")) for fault in faults]
    form = FormState(fields, errors)
    return SITE.render_page(request, "verify.html", 422, view=None, form=form)


def _render_refusal(
    request: Request, form: FormState, refusal: TooManyRequests, now: datetime
) -> HTMLResponse:
    """The form as it was filled, and when verification resumes: nothing was looked up."""
    page = SITE.render_page(
        request,
        "refusal.html",
        429,
        form=form,
        is_guessing=refusal.rule == "limit.unknown",
        more_at=_round_to_minute(now, int(refusal.headers["Retry-After"])),
    )
    page.headers.update(refusal.headers)
    return page


def _round_to_minute(now: datetime, seconds: int) -> datetime:
    """The instant after so many seconds, at the next full minute: then it is surely over."""
    instant = now + timedelta(seconds=seconds + 59)
    return instant.replace(second=0, microsecond=0)


def build_router(languages: Languages) -> APIRouter:
    """The pages in each of these languages, and the bare addresses that lead to them.

    Codes on paper name no language: the reader's is taken, by the cookie or the browser.
    """
    router = SITE.build_router(tuple(languages), [_page_router])

    async def redirect_to_language(request: Request) -> Response:
        language = choose_reader_language(request, tuple(languages))
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {"Vary": "Cookie, Accept-Language", **NO_INDEX}
        return RedirectResponse(f"/{language}{request.url.path}{query}", 307, headers)

    for path in ("/renewal", "/verify", "/verify/{question:path}"):
        router.get(path, dependencies=[Depends(PUBLIC)], include_in_schema=False)(
            redirect_to_language
        )
    return router
