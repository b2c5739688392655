"""The ledger of notices as a page: filters that can be taken off, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.number import NUMBER_MAX_LENGTH, is_number
from services.certificates.desk.rendering import SITE, build_path
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.queries import NoticeFilter, count_ledger, list_ledger
from services.certificates.validity.rules import NoticeKind, SuppressionReason, notice_kind
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormFields, FormState
from shared.pages.operations.filters import build_chips, parse_day, read_filters
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import get_translator
from shared.web.resources import get_resources

FIELDS = ("number", "kind", "reason", "published", "due_from", "due_to")
DAYS = ("due_from", "due_to")
PUBLISHED = {"yes": True, "no": False}
CHOICES = {
    "kind": frozenset(NoticeKind),
    "reason": frozenset(SuppressionReason),
    "published": frozenset(PUBLISHED),
}

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One page of the ledger: notices with the number and day of issue of their certificates."""

    page: RowPage
    rows: Sequence[tuple[ValidityNotice, str, date]]


@router.get("/operations/notices")
async def show_ledger(request: Request) -> Response:
    """The notices that the address's filters leave, the newest first."""
    t = get_translator(request)
    fields = read_filters(request, FIELDS, CHOICES, DAYS)
    errors = list(_find_faults(t, fields))
    notice_filter = _build_filter(fields)

    async def read_ledger(session: AsyncSession) -> LedgerPage:
        total = await count_ledger(session, notice_filter)
        page = RowPage.choose(request.query_params.get("page", ""), total)
        return LedgerPage(page, await list_ledger(session, notice_filter, page.offset, PAGE_SIZE))

    view = None if errors else await read_panel(get_resources(request).database, read_ledger)
    path = build_path(request, "/notices")
    return SITE.render_page(
        request,
        "ledger.html",
        422 if errors else 200,
        form=FormState(fields, errors),
        kinds=[kind.value for kind in NoticeKind],
        reasons=[reason.value for reason in SuppressionReason],
        number_max_length=NUMBER_MAX_LENGTH,
        notice_kind=notice_kind,
        chips=[] if errors else build_chips(path, fields, partial(_say_filter, t)),
        view=view,
        pages=view and view.page.build_links(t, path, fields, len(view.rows)),
    )


def _find_faults(t: Translator, fields: FormFields) -> list[FormError]:
    """What in the filters cannot be meant."""
    faults = []
    if "number" in fields and not is_number(fields["number"]):
        faults.append(FormError("number", t("ledger.fault.number")))
    faults += [
        FormError(name, t("ledger.fault.day"))
        for name in DAYS
        if name in fields and parse_day(fields[name]) is None
    ]
    return faults


def _build_filter(fields: FormFields) -> NoticeFilter:
    return NoticeFilter(
        number=fields.get("number"),
        kind=NoticeKind(fields["kind"]) if "kind" in fields else None,
        reason=SuppressionReason(fields["reason"]) if "reason" in fields else None,
        is_published=PUBLISHED.get(fields.get("published", "")),
        due_from=parse_day(fields.get("due_from", "")),
        due_to=parse_day(fields.get("due_to", "")),
    )


def _say_filter(t: Translator, name: str, text: str) -> str:
    day = parse_day(text)
    if name == "kind":
        return t(f"notice.kind.{text}")
    if name == "reason":
        return t(f"notice.reason.{text}")
    if name == "published":
        return t(f"ledger.published.{text}")
    return t(f"ledger.chip.{name}", value=t.format_day(day) if day else text)
