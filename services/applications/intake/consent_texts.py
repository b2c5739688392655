"""The register of texts of consent over HTTP."""

from datetime import date

from fastapi import APIRouter, Depends
from sqlmodel import col, select

from services.applications.intake.models import ConsentText
from services.applications.intake.schemas import ConsentTextAnswer, ConsentTextRequest
from shared.errors import AlreadyExists
from shared.paging import Page, get_newest_page
from shared.principal import Scope
from shared.web.contents import omit_headers
from shared.web.dependencies import Now, PageCursor, PageLimit, ReadOnlyTransaction, Transaction
from shared.web.guards import AllowWrites
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses

router = APIRouter(
    prefix="/v1/consent-texts",
    tags=["personal data"],
    route_class=OnceRoute,
    dependencies=[Depends(AllowWrites(Scope.OPERATE))],
)


@router.get("", summary="The texts of consent, the newest first")
async def list_consent_texts(
    session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 50
) -> Page[ConsentTextAnswer]:
    """Every version of the text that people could agree to, the newest first."""
    sort_keys = [(col(ConsentText.in_force_from), date), (col(ConsentText.version), str)]
    rows, next_cursor = await get_newest_page(
        session, select(ConsentText), sort_keys, cursor, limit
    )
    items = [ConsentTextAnswer.model_validate(row) for row in rows]
    return Page[ConsentTextAnswer](items=items, next=next_cursor)


@router.post(
    "",
    status_code=201,
    summary="Enter a text",
    responses={201: omit_headers("Location"), **problem_responses(409)},
)
async def record_consent_text(
    body: ConsentTextRequest, session: Transaction, now: Now
) -> ConsentTextAnswer:
    """A text never changes, as people agreed to its words: another text is another version."""
    if await session.get(ConsentText, body.version) is not None:
        raise AlreadyExists(
            "consent.text_exists", "This version has its text. Choose another.", field="/version"
        )
    row = ConsentText(recorded_at=now, **body.model_dump())
    session.add(row)
    await session.flush()
    return ConsentTextAnswer.model_validate(row)
