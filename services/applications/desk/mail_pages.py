"""The ledger of letters as a page: filters that can be taken off, and failed ones tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.desk.rendering import OPERATIONS_SITE
from services.applications.documents.dependencies import get_application_resources
from services.applications.letters.ledger import LedgerFilter, count_ledger, list_ledger
from services.applications.letters.models import Letter
from services.applications.letters.operations import retry_filtered_letters, retry_letters
from services.applications.letters.queries import LetterFilter
from services.applications.letters.route import retry_route
from services.applications.letters.rules import (
    RETRIED_STATES,
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
)
from services.applications.letters.schemas import MOST_LETTERS
from shared.context import command_context
from shared.errors import Conflict
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormFields, FormState
from shared.pages.operations.filters import build_chips, parse_day, read_filters
from shared.pages.operations.panels import OPERATIONS_GUARD, Operator, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import page_language
from shared.web.resources import get_resources

PATH = "/operations/applications/letters"
FIELDS = ("number", "kind", "state", "channel", "reason", "due", "planned_from", "planned_to")
DAYS = ("planned_from", "planned_to")
CHOICES = {
    "kind": frozenset(LetterKind),
    "state": frozenset(LetterState),
    "channel": frozenset(LetterChannel),
    "reason": frozenset(LetterReason),
    "due": frozenset({"yes"}),
}

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class MailPage:
    """One page of the ledger: letters with the numbers of their cases."""

    page: RowPage
    rows: Sequence[tuple[Letter, str]]

    @property
    def has_retried(self) -> bool:
        """Whether one of the page's letters can be tried again."""
        return any(letter.state in RETRIED_STATES for letter, _ in self.rows)


@router.get(PATH)
async def show_letters(request: Request) -> Response:
    """The letters that the address's filters leave, the newest first."""
    return await _render_letters(request, [])


@router.post(PATH)
async def retry_selection(request: Request, caller: Operator) -> Response:
    """Plans letters anew, all or none: the chosen ones, or as many as the filters left."""
    t = get_resources(request).languages[page_language(request)]
    resources = get_application_resources(request)
    async with request.form() as submission:
        chosen_ids = [str(text) for text in submission.getlist("letter")[:PAGE_SIZE]]
        all_text = str(submission.get("all", ""))
    letter_ids = [letter_id for text in chosen_ids if (letter_id := _parse_id(text))]
    all_count = _parse_count(all_text)
    if not letter_ids and not all_count:
        return await _render_letters(request, [FormError("", t("mail.choose"))])
    try:
        async with resources.database.transaction() as session:
            now, settings = resources.clock.now(), resources.settings
            context = command_context(session, now, settings, caller.subject)
            if all_count:
                fields = read_filters(request, FIELDS, CHOICES, DAYS)
                letters = _build_filter(fields, now, settings.time_zone).letters
                count = await retry_filtered_letters(context, letters, all_count)
            else:
                count = await retry_letters(context, letter_ids)
    except Conflict:
        return await _render_letters(request, [FormError("", t("mail.changed"))], 409)
    path = f"/{page_language(request)}{PATH}?state={LetterState.PLANNED}&done={count}"
    return RedirectResponse(path, status_code=303)


@router.post("/operations/applications/routes/{channel}")
async def retry_mail_route(request: Request, caller: Operator, channel: LetterChannel) -> Response:
    """Lets the next letter try a route that rests."""
    resources = get_application_resources(request)
    async with resources.database.transaction() as session:
        now = resources.clock.now()
        context = command_context(session, now, resources.settings, caller.subject)
        await retry_route(context, channel)
    path = f"/{page_language(request)}/operations/applications#routes"
    return RedirectResponse(path, status_code=303)


def _count_retried(view: MailPage | None, fields: FormFields) -> int:
    """How many letters a button for all of them tries again; 0 where it would mean others, too."""
    is_certain = view is not None and fields.get("state") in RETRIED_STATES and "due" not in fields
    return view.page.total if view and is_certain and view.page.total <= MOST_LETTERS else 0


def _parse_count(text: str) -> int:
    """A count in a form or an address; 0 for anything else."""
    return int(text[:6]) if text.isascii() and text.isdecimal() else 0


def _parse_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _render_letters(
    request: Request, errors: Sequence[FormError], error_status: int = 422
) -> Response:
    resources = get_application_resources(request)
    t = resources.languages[page_language(request)]
    fields = read_filters(request, FIELDS, CHOICES, DAYS)
    faults = [
        FormError(name, t("mail.fault.day"))
        for name in DAYS
        if name in fields and parse_day(fields[name]) is None
    ]
    ledger_filter = _build_filter(fields, resources.clock.now(), resources.settings.time_zone)

    async def read_ledger(session: AsyncSession) -> MailPage:
        total = await count_ledger(session, ledger_filter)
        page = RowPage.choose(request.query_params.get("page", ""), total)
        return MailPage(page, await list_ledger(session, ledger_filter, page.offset, PAGE_SIZE))

    view = None if faults else await read_panel(resources.database, read_ledger)
    path = f"/{page_language(request)}{PATH}"
    return OPERATIONS_SITE.render_page(
        request,
        "mail.html",
        error_status if errors else 422 if faults else 200,
        form=FormState(fields, [*errors, *faults]),
        kinds=[kind.value for kind in LetterKind],
        states=[state.value for state in LetterState],
        channels=[channel.value for channel in LetterChannel],
        reasons=[reason.value for reason in LetterReason],
        retried_states=RETRIED_STATES,
        has_faults=bool(faults),
        done_count=_parse_count(request.query_params.get("done", "")),
        all_count=_count_retried(view, fields),
        chips=[] if faults else build_chips(path, fields, partial(_say_filter, t)),
        view=view,
        pages=view and view.page.build_links(t, path, fields, len(view.rows)),
    )


def _build_filter(fields: FormFields, now: datetime, zone: ZoneInfo) -> LedgerFilter:
    planned_to = _find_midnight(_find_next_day(parse_day(fields.get("planned_to", ""))), zone)
    letters = LetterFilter(
        number=fields.get("number"),
        kind=LetterKind(fields["kind"]) if "kind" in fields else None,
        state=LetterState(fields["state"]) if "state" in fields else None,
        channel=LetterChannel(fields["channel"]) if "channel" in fields else None,
        reason=LetterReason(fields["reason"]) if "reason" in fields else None,
        planned_from=_find_midnight(parse_day(fields.get("planned_from", "")), zone),
        planned_to=planned_to and planned_to - timedelta(microseconds=1),
    )
    return LedgerFilter(letters, now if "due" in fields else None)


def _find_next_day(day: date | None) -> date | None:
    """The day after; None without one, and for the calendar's last."""
    return None if day in (None, date.max) else day + timedelta(days=1)


def _find_midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant that begins the civil day."""
    return None if day is None else datetime.combine(day, time(0), zone)


def _say_filter(t: Translator, name: str, text: str) -> str:
    day = parse_day(text)
    if name in {"kind", "state", "channel", "reason"}:
        return t(f"mail.{name}.{text}")
    if name == "due":
        return t("mail.due")
    return t(f"mail.chip.{name}", value=t.format_day(day) if day else text)
