"""The page of one act: its form, opened, refused, or in another language."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.policy import may_reach
from services.applications.application.queries import get_application
from services.applications.desk.acts import ACTS, Act
from services.applications.desk.case_view import CaseView, read_case_view
from services.applications.desk.prefill import read_first_values
from services.applications.desk.refusals import (
    Refusal,
    find_news,
    is_done_already,
    settle_outdated,
)
from services.applications.desk.rendering import SITE
from services.applications.documents.dependencies import get_application_resources
from services.applications.drafts.queries import TypedForm, find_draft
from shared.encryption import Undecipherable
from shared.errors import Forbidden, NotFound
from shared.pages.forms import FormFields, FormState, count_rows
from shared.pages.preferences import page_language
from shared.pages.unsent_forms import UnsentForm, list_shown_fields
from shared.principal import Principal
from shared.web.resources import get_resources

CONTROL_FIELDS = frozenset(
    {"revision", "history", "add", "change_language", "edit", "confirmed", "act"}
)
"""What a form says besides what was typed into it."""


@dataclass(frozen=True, slots=True)
class ActPage:
    """What the page of an act shows besides the case: the form, and why it is shown again."""

    act: Act
    form: FormState
    refusal: Refusal | None = None
    draft_saved_at: datetime | None = None


def find_act(name: str) -> Act:
    """The act of this name. Raises `NotFound`."""
    act = ACTS.get(name)
    if act is None:
        raise NotFound("page.unknown", "There is no such form.")
    return act


def drop_control_fields(fields: FormFields) -> dict[str, str]:
    """What was typed into a form, without what the form itself says."""
    return {
        name: value
        for name, value in fields.items()
        if name not in CONTROL_FIELDS and not name.endswith("-rows")
    }


async def check_scope(
    session: AsyncSession, act: Act, application_id: UUID, caller: Principal
) -> None:
    """Checks that the caller's scope reaches the case for this act. Raises `Forbidden`."""
    application = await get_application(session, application_id)
    if not may_reach(caller, act.scope, application):
        raise Forbidden("auth.scope", f"This asks for the scope {act.scope}.")


async def open_act_page(
    request: Request, session: AsyncSession, act: Act, application_id: UUID, caller: Principal
) -> HTMLResponse:
    """The form as it is opened: with what was kept of it for this person, or its first values.

    Raises `NotFound`, `Forbidden`.
    """
    resources = get_application_resources(request)
    now, settings = resources.clock.now(), resources.settings
    await check_scope(session, act, application_id, caller)
    view = await read_case_view(session, settings, now, application_id, caller)
    draft: TypedForm | None = None
    try:
        draft_key = (caller.subject, application_id, act.name)
        draft = await find_draft(session, settings, now, draft_key)
    except Undecipherable:  # its key has been taken away: it is as if it had never been
        draft = None
    if draft is None:
        values = await read_first_values(session, view, act.name, settings.time_zone)
        values |= _read_query(request, view)
        page = ActPage(act, FormState(values))
    else:
        page = ActPage(act, FormState(draft.fields), draft_saved_at=draft.saved_at)
    return render_act_page(request, view, page)


def _read_query(request: Request, view: CaseView) -> dict[str, str]:
    """What the link to the form has chosen: an outcome, or the document that a remark is about."""
    t = get_resources(request).languages[page_language(request)]
    query = request.query_params
    values = {"outcome": query["outcome"]} if "outcome" in query else {}
    for missing in view.missing_documents:
        if missing.kind is not None and missing.kind == query.get("about"):
            values["remark-0-about"] = missing.pointer
            values["remark-0-text"] = t("remark.missing_text", name=missing.title)
    return values


async def show_form_again(
    request: Request,
    act: Act,
    application_id: UUID,
    caller: Principal,
    form: FormState,
    refusal: Refusal | None = None,
) -> HTMLResponse:
    """The form with everything that was typed, and why it is shown again."""
    resources = get_application_resources(request)
    async with resources.database.read_only_transaction() as session:
        view = await read_case_view(
            session, resources.settings, resources.clock.now(), application_id, caller
        )
    if refusal is not None:
        refusal = settle_outdated(refusal, act, view, form.values)
        form = replace(form, errors=refusal.errors)
    return render_act_page(request, view, ActPage(act, form, refusal))


def render_act_page(request: Request, view: CaseView, page: ActPage) -> HTMLResponse:
    """The page of an act; one that is not possible now has no button, and shows what was typed."""
    act, refusal = page.act, page.refusal
    # What was sent is shown again, also in another language: whoever typed it keeps it.
    is_possible = act in view.acts or (
        act.is_possible(view.application.status) and request.method == "POST"
    )
    is_done = (
        refusal is not None and refusal.is_outdated and is_done_already(act, view, page.form.values)
    )
    status = refusal.status if refusal else 200 if is_possible else 409
    is_open = is_possible and not is_done
    unsent_form = UnsentForm() if is_open else _read_unsent_form(request, page.form.values)
    return SITE.render_page(
        request,
        "act.html",
        status,
        address=f"{view.path}/{act.name}",
        view=view,
        application=view.application,
        act=act,
        form=page.form,
        form_action=_form_action(act),
        row_counts=count_form_rows(act, page.form.values),
        is_possible=is_open,
        unsent_form=unsent_form,
        is_done=is_done,
        is_outdated=refusal is not None and refusal.is_outdated,
        news=find_news(view, page.form.values),
        draft_saved_at=page.draft_saved_at,
        language_form="act" if is_open else "unsent-form" if unsent_form.can_be_opened else "",
    )


def _read_unsent_form(request: Request, fields: FormFields) -> UnsentForm:
    """What was typed into a form that does nothing any more; it goes along into other languages."""
    if request.method != "POST":
        return UnsentForm()
    t = get_resources(request).languages[page_language(request)]
    typed_fields = drop_control_fields(fields)
    kept_names = {*typed_fields, "revision", "history"}
    return UnsentForm(
        shown_fields=list_shown_fields(typed_fields.items(), t),
        hidden_fields=[(name, text) for name, text in fields.items() if name in kept_names],
    )


def _form_action(act: Act) -> str:
    """The last part of the address to which the form is sent."""
    return f"{act.name}/check" if act.is_checked else act.name


def count_form_rows(act: Act, values: Mapping[str, str]) -> dict[str, int]:
    """How many rows of each kind the form shows."""
    return {name: count_rows(values, name, least) for name, least in act.least_rows.items()}
