"""The page of the letter's link: the birth date and a new consent, then the draft.

Nothing of the earlier application is shown: who has found a letter learns nothing by it.
"""

from datetime import date

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.status import Actor
from services.applications.documents.dependencies import get_application_resources
from services.applications.intake.queries import get_current_consent_text
from services.applications.intake.schemas import ConsentStatement
from services.applications.renewals.operations import (
    Renewal,
    RenewalStage,
    draft_renewal,
    get_renewal,
    knows_birth_date,
)
from services.applications.settings import ApplicationsContext
from shared.context import command_context
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormFields, FormState, read_day, read_fields
from shared.pages.preferences import page_language
from shared.pages.site import Site
from shared.values.days import parse_day
from shared.web.dependencies import ReadOnlyTransaction, Transaction
from shared.web.guards import PUBLIC_PAGE
from shared.web.resources import get_resources

SITE = Site("services.applications.renewals", "work", {}, {"Cache-Control": "private, no-store"})
STATUS_BY_STAGE = {RenewalStage.BARRED: 403}
router = APIRouter(prefix="/letters/renewal", dependencies=[Depends(PUBLIC_PAGE)])


@router.get("/{token}")
async def show_renewal(request: Request, token: str, session: ReadOnlyTransaction) -> Response:
    """What the holder is asked; the draft, once it is there."""
    context = _build_context(request, session)
    return await _render(request, context, await get_renewal(context, token), FormState())


@router.post("/{token}")
async def submit_renewal(request: Request, token: str, session: Transaction) -> Response:
    """Makes the draft. A wrong birth date is counted, and its form shown again."""
    async with request.form() as submission:
        fields = read_fields(submission)
    context = _build_context(request, session)
    renewal = await get_renewal(context, token, with_lock=True)
    if renewal.stage is not RenewalStage.OPEN or "change_language" in fields:
        return await _render(request, context, renewal, FormState(fields))
    t = get_resources(request).languages[page_language(request)]
    birth_date, errors = _read_answers(t, fields)
    if birth_date is None or not await knows_birth_date(context, renewal, birth_date):
        renewal = await get_renewal(context, token)
        if birth_date is not None:
            sentence = t.plural("renewal.birth_date.wrong", renewal.tries_left)
            errors = [FormError("birth_date", sentence), *errors]
        return await _render(request, context, renewal, FormState(fields, errors))
    if not errors:
        consent = ConsentStatement(text_version=fields.get("text_version", ""), given=True)
        await draft_renewal(context, renewal, consent)
    return await _render(request, context, renewal, FormState(fields, errors))


def _read_answers(t: Translator, fields: FormFields) -> tuple[date | None, list[FormError]]:
    """The birth date, and what is missing."""
    errors = []
    birth_date: date | None = None
    try:
        birth_date = parse_day(read_day(fields, "birth_date") or "")
    except ValueError:
        errors.append(FormError("birth_date", t("renewal.birth_date.none")))
    if "consent" not in fields:
        errors.append(FormError("consent", t("renewal.consent.none")))
    return birth_date, errors


def _build_context(request: Request, session: AsyncSession) -> ApplicationsContext:
    resources = get_application_resources(request)
    return command_context(session, resources.clock.now(), resources.settings, Actor.APPLICANT)


async def _render(
    request: Request, context: ApplicationsContext, renewal: Renewal, form: FormState
) -> Response:
    session = context.session
    stage = renewal.stage
    draft_id = renewal.token.draft_id
    earlier = await session.get_one(Application, renewal.letter.application_id)
    status = STATUS_BY_STAGE.get(stage, 422 if form.errors else 200)
    return SITE.render_page(
        request,
        "renewal.html",
        status,
        stage=stage,
        form=form,
        number=renewal.letter.number,
        centre=earlier.centre_name,
        draft=None if draft_id is None else await session.get_one(Application, draft_id),
        consent_text=await get_current_consent_text(session, context.today),
        language_form="act" if stage is RenewalStage.OPEN else "",
        is_indexed=False,
    )
