"""The page on which an office says where its digest goes."""

from typing import Annotated

from babel import Locale
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.applications.digests.models import OfficeContact
from services.applications.digests.operations import remove_contact, set_contact
from services.applications.digests.policy import get_own_office
from services.applications.digests.rules import OfficeKind
from services.applications.digests.schemas import OfficeContactRequest
from services.applications.documents.dependencies import get_application_resources
from shared.context import command_context
from shared.errors import NotFound
from shared.locale.rules import say_field_errors
from shared.pages.forms import FormError, FormState, read_fields
from shared.pages.preferences import page_language
from shared.pages.site import Site
from shared.principal import Principal, Scope
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.guards import AllowPage
from shared.web.resources import get_resources

SITE = Site(
    "services.applications.digests",
    "work",
    {},
    {"Cache-Control": "private, no-store"},
    is_work=True,
)
router = APIRouter(prefix="/letters/contact")
OfficeStaff = Annotated[Principal, Depends(AllowPage(Scope.PROCESS, Scope.DECIDE))]
"""Somebody of a centre or a council, signed in."""


def _read_kind(kind: str) -> OfficeKind:
    """The kind that an address names. Raises `NotFound`."""
    for office_kind in OfficeKind:
        if office_kind == kind:
            return office_kind
    raise NotFound("page.unknown", "There is no such office.")


@router.get("/{kind}")
async def show_contact(
    request: Request, kind: str, caller: OfficeStaff, session: ReadOnlyTransaction
) -> Response:
    """The address that was set last, in a form."""
    office_kind = _read_kind(kind)
    number = get_own_office(caller, office_kind)
    contact = await session.get(OfficeContact, (office_kind, number))
    values = {"email": contact.email, "language": contact.language} if contact else {}
    form = FormState({"language": page_language(request), **values})
    return _render(request, office_kind, form, contact)


@router.post("/{kind}")
async def submit_contact(request: Request, kind: str, caller: OfficeStaff) -> Response:
    """Sets the address; a blank one ends the digests."""
    async with request.form() as submission:
        fields = read_fields(submission)
    office_kind = _read_kind(kind)
    number = get_own_office(caller, office_kind)
    resources = get_application_resources(request)
    t = resources.languages[page_language(request)]
    async with resources.database.transaction() as session:
        contact = await session.get(OfficeContact, (office_kind, number))
        if "change_language" in fields:
            return _render(request, office_kind, FormState(fields), contact)
        context = command_context(
            session, resources.clock.now(), resources.settings, caller.subject
        )
        if "email" not in fields and contact is not None:
            await remove_contact(context, office_kind, number)
            return _redirect(request, office_kind)
        try:
            names = OfficeContactRequest.model_fields
            body = OfficeContactRequest.model_validate(
                {name: text for name, text in fields.items() if name in names}
            )
        except ValidationError as error:
            errors = [
                FormError(str(location[0]) if location else "", sentence)
                for location, sentence in say_field_errors(t, error.errors(include_url=False))
            ]
            return _render(request, office_kind, FormState(fields, errors), contact)
        await set_contact(context, office_kind, number, body)
    return _redirect(request, office_kind)


def _name_language(page_language_code: str, code: str) -> str:
    """The language with this code in the words of the page's own: English, английский."""
    return (Locale(code).get_language_name(page_language_code) or code).capitalize()


def _redirect(request: Request, kind: OfficeKind) -> Response:
    path = f"/{page_language(request)}/letters/contact/{kind}?done=yes"
    return RedirectResponse(path, status_code=303)


def _render(
    request: Request, kind: OfficeKind, form: FormState, contact: OfficeContact | None
) -> Response:
    languages = get_resources(request).languages
    return SITE.render_page(
        request,
        "contact.html",
        422 if form.errors else 200,
        kind=kind,
        form=form,
        contact=contact,
        options=[(code, _name_language(page_language(request), code)) for code in languages],
        is_done="done" in request.query_params,
        language_form="act",
    )
