"""A page for every failure: what has happened, whether anything was saved, what to do next."""

import html
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from shared import logs
from shared.locale.rules import UNKNOWN_RULE, say_rule
from shared.locale.translator import Translator
from shared.pages.preferences import find_language, page_language
from shared.pages.site import HEADERS, NO_INDEX, Site
from shared.pages.unsent_forms import UnsentForm, read_unsent_form
from shared.pages.ways_on import Link, list_ways_on
from shared.web.error_answers import incident_number
from shared.web.problems import ProblemDescription
from shared.web.resources import get_resources
from shared.web.sessions import SAFE_METHODS, identify_reader

log = logs.get_logger(__name__)

FAILURES = (
    *("400", "401", "403", "404", "405", "409", "413", "422", "429", "500", "503"),
    *("ended", "other_site"),
)
"""What pages tell of: the messages `failure.title.<failure>` and `failure.advice.<failure>`."""

FAILURE_BY_RULE = {"auth.session_ended": "ended", "auth.other_site": "other_site"}
FAILURE_BY_STATUS = {410: "404", 412: "409"}
"""Statuses that mean to a person what another one means."""

UNTOLD_RULES = ("auth.", "http.", "page.", "request.", "service.", "limit.", "resource.changed")
"""How rules begin of which the page's own sentences say all that their messages do."""

MIN_TOLD_SECONDS = 60
"""A shorter pause is over before a person has read when it will be."""

PAGE_HEADERS = {**HEADERS, **NO_INDEX, "Cache-Control": "no-store"}
UNSENT_HEADERS = frozenset({"www-authenticate"})
"""Headers of problem documents that browsers would act on."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the page of a failure says; `explanations` are sentences of the broken rules.

    `saved` is the message `failure.saved.<saved>`, blank where there was nothing to save.
    `resumes` is when it may be tried again, `incident` the number to name when asking for help.
    """

    name: str
    explanations: Sequence[str]
    saved: str
    resumes: str
    incident: str
    megabytes: int
    ways_on: Sequence[Link]
    form: UnsentForm


class SiteFailures:
    """The pages of failures of one service's site.

    They answer every address of a language, such as `/ru/verify`, and the addresses without one
    whose first part is among `bare_parts`.
    """

    def __init__(self, site: Site, bare_parts: Collection[str] = ("",)) -> None:
        self._site = site
        self._bare_parts = frozenset(bare_parts)

    def covers(self, scope: MutableMapping[str, Any]) -> bool:
        """Whether people read what this address answers."""
        first_part = scope["path"].removeprefix("/").partition("/")[0]
        languages = scope["app"].state.resources.languages
        return first_part in languages or first_part in self._bare_parts

    async def render_failure(self, request: Request, problem: ProblemDescription) -> Response:
        """The page that tells of the problem; a plain one where that cannot be made."""
        status = HTTPStatus.NOT_FOUND if _is_wrong_address(problem) else problem.status
        language = find_language(request)
        t = get_resources(request).languages[language]
        try:
            if getattr(request.state, "reader", None) is None:  # refused before the guard asked
                request.state.reader = await identify_reader(request)
            failure = await _describe_failure(request, problem, f"{status:d}", t)
            page: Response = self._site.render_page(
                request,
                "failure.html",
                status,
                failure=failure,
                language_form="unsent-form" if failure.form.can_be_opened else "",
                **self._bare_values(request),
            )
        except Exception as error:  # whatever it is, the reader gets a page
            log.error("failure_page.failed", incident=incident_number(), exc_info=error)
            page = _render_plain_page(t, problem, status)
        problem_headers = {
            name: value
            for name, value in problem.headers.items()
            if name.lower() not in UNSENT_HEADERS
        }
        page.headers.update({**PAGE_HEADERS, **problem_headers})
        if request.method == "HEAD":
            page.body = b""  # its length stays in the header
        return page

    def _bare_values(self, request: Request) -> dict[str, str]:
        """Without a language in its address, a page leads to the first page of other languages."""
        return {} if page_language(request) == find_language(request) else {"address": ""}


def _is_wrong_address(problem: ProblemDescription) -> bool:
    """Whether only the path is at fault: to a person, that page does not exist."""
    pointers = [field_problem.pointer for field_problem in problem.field_problems]
    return bool(pointers) and all(pointer.startswith("#path/") for pointer in pointers)


async def _describe_failure(
    request: Request, problem: ProblemDescription, status: str, t: Translator
) -> Failure:
    name = _name_failure(problem, status)
    is_write = request.method not in SAFE_METHODS
    form = await read_unsent_form(request, problem, t)
    limit_bytes = problem.values.get("limit_bytes", 0)
    return Failure(
        name=name,
        explanations=[] if _is_wrong_address(problem) else _explain(t, problem),
        saved=_say_saved(problem, name, is_write=is_write),
        resumes=_say_resumption(request, problem, t),
        incident=incident_number() if name == "500" else "",
        megabytes=limit_bytes // 1024**2 if isinstance(limit_bytes, int) else 0,
        ways_on=list_ways_on(request, name, keeps_form=form.can_be_sent),
        form=form,
    )


def _name_failure(problem: ProblemDescription, status: str) -> str:
    """Which of `FAILURES` this is; a status without a page of its own is told as its class is."""
    name = FAILURE_BY_RULE.get(problem.rule) or FAILURE_BY_STATUS.get(problem.status) or status
    return name if name in FAILURES else f"{status[0]}00"


def _say_saved(problem: ProblemDescription, name: str, *, is_write: bool) -> str:
    if is_write and problem.may_be_saved:
        return "unknown"
    if name == "409":
        return ""  # the title says so
    return "no" if is_write else "unchanged" if name == "500" else ""


def _explain(t: Translator, problem: ProblemDescription) -> list[str]:
    """The sentences of the broken rules, each once; of fields with their names where known."""
    sentences: dict[str, None] = {}
    for field_problem in problem.field_problems:
        sentence = _say_rule_safely(
            t, field_problem.wording or field_problem.rule, field_problem.values
        )
        key = f"parameter.{field_problem.name}"
        if key in t:
            sentence = t("failure.field", name=t(key), message=sentence)
        sentences[sentence] = None
    is_told = f"rule.{problem.rule}" in t and not problem.rule.startswith(UNTOLD_RULES)
    if not sentences and (is_told or problem.status == HTTPStatus.UNPROCESSABLE_ENTITY):
        sentences[_say_rule_safely(t, problem.rule, problem.values)] = None
    return list(sentences)


def _say_rule_safely(t: Translator, rule: str, values: Mapping[str, object]) -> str:
    """The sentence of the rule, or that of an unknown one where a value is lacking."""
    try:
        return say_rule(t, rule, values)
    except (KeyError, ValueError):
        return t(UNKNOWN_RULE)


def _say_resumption(request: Request, problem: ProblemDescription, t: Translator) -> str:
    """When it may be tried again, as civil time rounded up; blank where that is at once."""
    seconds_text = problem.headers.get("Retry-After", "")
    seconds = int(seconds_text) if seconds_text.isdecimal() else 0
    if seconds < MIN_TOLD_SECONDS and problem.status != HTTPStatus.TOO_MANY_REQUESTS:
        return ""
    resources = get_resources(request)
    zone = resources.settings.time_zone
    now = resources.clock.now().astimezone(zone)
    instant = (now + timedelta(seconds=seconds + 59)).replace(second=0, microsecond=0)
    clock_time = f"{instant:%H:%M}"
    return clock_time if instant.date() == now.date() else t.format_instant(instant, zone)


def _render_plain_page(t: Translator, problem: ProblemDescription, status: int) -> HTMLResponse:
    """The least page, without a template, for when the other cannot be made."""
    name = _name_failure(problem, f"{status:d}")
    title, advice = (
        html.escape(t(f"failure.title.{name}")),
        html.escape(t(f"failure.advice.{name}")),
    )
    incident = ""
    if name == "500":
        incident = f"<p>{html.escape(t('failure.incident', incident=incident_number()))}</p>"
    home = html.escape(t("failure.link.start"))
    return HTMLResponse(
        f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title></head><body><main>'
        f'<h1>{title}</h1><p>{advice}</p>{incident}<p><a href="/{t.language}">{home}</a></p>'
        "</main></body></html>",
        status_code=status,
    )
