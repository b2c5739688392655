"""Personal data: texts of consent, its withdrawal, a person's own export, acts of erasure."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from services.applications import models
from services.applications.operations import readings, retention
from services.applications.queries import dossiers
from services.applications.routes.access import Party, Reader
from services.applications.routes.answers import Documents, DossierDesk, answer
from services.applications.schemas.answers import (
    Application,
    ConsentText,
    ErasureAct,
    Looked,
    PersonalData,
    Step,
)
from services.applications.schemas.form import NewConsentText
from shared.auth import AllowWrites, Scope
from shared.errors import AlreadyExists
from shared.http import Now, Reading, Transaction
from shared.problems import responses

router = APIRouter(prefix="/v1/applications/{application_id}", tags=["personal data"])
texts = APIRouter(
    prefix="/v1/consent-texts",
    tags=["personal data"],
    dependencies=[Depends(AllowWrites(Scope.OPERATE))],
)


@texts.get("", summary="The texts of consent, the newest first")
async def find(session: Reading) -> list[ConsentText]:
    """Every version that people could agree to."""
    query = select(models.ConsentText).order_by(col(models.ConsentText.in_force_from).desc())
    return [ConsentText.model_validate(row) for row in (await session.exec(query)).all()]


@texts.post("", status_code=201, summary="Enter a text", responses=responses(409))
async def enter(body: NewConsentText, session: Transaction, now: Now) -> ConsentText:
    """A text never changes, as people agreed to its words: another one is another version."""
    if await session.get(models.ConsentText, body.version) is not None:
        raise AlreadyExists(
            "consent.text_exists", "This version has its text. Choose another.", field="/version"
        )
    row = models.ConsentText(recorded_at=now, **body.model_dump())
    session.add(row)
    await session.flush()
    return ConsentText.model_validate(row)


@router.post("/consent-withdrawal", summary="Take the consent back", responses=responses(404))
async def withdraw_consent(
    application_id: UUID,
    caller: Party,
    desk: DossierDesk,
) -> Application:
    """Before the examination the application ends and its file is erased.

    Afterwards the law itself asks for the file: it is kept for its term.
    """
    row = await retention.withdraw_consent(desk.session, application_id, desk.now, desk.settings)
    return await desk.shown(row, caller)


@router.get("/personal-data", summary="All that is held of the person", responses=responses(404))
async def export(
    application_id: UUID,
    caller: Party,
    session: Reading,
    request: Request,
    response: Response,
) -> PersonalData:
    """For the person, or for the centre that answers them."""
    row = await dossiers.application(session, application_id)
    consent = await dossiers.consent_of(session, row.id)
    return PersonalData(
        application=await answer(session, row, response, request, caller),
        consent=consent and consent.model_dump(mode="json"),
        history=[Step.model_validate(one) for one in await dossiers.history(session, row.id)],
        readings=[Looked.model_validate(one) for one in await readings.of(session, row.id)],
    )


@router.get("/erasure", summary="The act of erasure", responses=responses(404))
async def erasure(
    application_id: UUID, caller: Reader, session: Reading, store: Documents
) -> ErasureAct:
    """With the extract of the log, and a count of what is left, made now."""
    act = await retention.act(session, application_id)
    return ErasureAct(
        application_id=act.application_id,
        act_number=act.act_number,
        erased_at=act.erased_at,
        basis=act.basis,
        log=act.log,
        left=await retention.left(session, application_id),
        files_left=await store.keys(f"{application_id}/"),
    )
