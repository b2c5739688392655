"""The register of texts of consent over HTTP."""

from fastapi import APIRouter, Depends
from sqlmodel import col, select

from services.applications.intake import models
from services.applications.intake.schemas import ConsentText, NewConsentText
from shared.errors import AlreadyExists
from shared.principal import Scope
from shared.web.dependencies import Now, Reading, Transaction
from shared.web.guards import AllowWrites
from shared.web.problems import responses

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
