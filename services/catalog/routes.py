"""The catalog over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.catalog import models, operations, queries
from services.catalog.lifecycle import Status
from services.catalog.schemas import Qualification, QualificationDraft, QualificationSummary
from shared.http import ExpectedVersion, Now, Reading, Transaction, etag
from shared.idempotency import IdempotencyKey, once
from shared.paging import Cursor, Limit, Page
from shared.problems import responses

router = APIRouter(prefix="/v1/qualifications", tags=["qualifications"])

FORM_COLUMNS = (
    "registry_number",
    "occupational_standard",
    "legal_requirement",
    "validity_term",
    "additional_characteristics",
)


@router.post("", status_code=201, summary="Submit a draft", responses=responses(409))
async def create(
    body: QualificationDraft,
    session: Transaction,
    now: Now,
    response: Response,
    key: IdempotencyKey = None,
) -> Qualification:
    """A council's draft. The same council, standard, name and level can exist only once."""

    async def perform() -> UUID:
        return await operations.create_draft(session, body, now)

    request = body.model_dump_json().encode()
    qualification_id = await once(session, "create_qualification", key, request, perform)
    response.headers["Location"] = f"/v1/qualifications/{qualification_id}"
    return _answer(await queries.qualification(session, qualification_id), response)


@router.put("/{qualification_id}", summary="Replace a draft", responses=responses(404, 409, 412))
async def edit(
    qualification_id: UUID,
    body: QualificationDraft,
    session: Transaction,
    expected: ExpectedVersion,
    response: Response,
) -> Qualification:
    """Replaces all columns of a draft."""
    changed = await operations.edit_draft(session, qualification_id, body, expected)
    return _answer(changed, response)


@router.post(
    "/{qualification_id}/publish", summary="Publish a draft", responses=responses(404, 409, 412)
)
async def publish(
    qualification_id: UUID,
    session: Transaction,
    expected: ExpectedVersion,
    now: Now,
    response: Response,
) -> Qualification:
    """Puts the qualification in force; from then on people can apply for it."""
    published = await operations.publish(session, qualification_id, expected, now)
    return _answer(published, response)


@router.get("", summary="List and search")
async def find(
    session: Reading,
    text: Annotated[
        str | None, Query(max_length=200, description="words of names, codes and functions")
    ] = None,
    level: Annotated[int | None, Query(ge=1, le=9)] = None,
    standard: Annotated[str | None, Query(pattern=r"^\d{2}\.\d{3}$")] = None,
    status: Status | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[QualificationSummary]:
    """Qualifications by name. All words of `text` must occur; case and `ё` do not matter."""
    wanted = queries.Filter(text, level, standard, status)
    rows, following = await queries.qualifications(session, wanted, cursor, limit)
    items = [QualificationSummary.model_validate(row) for row in rows]
    return Page[QualificationSummary](items=items, next=following)


@router.get("/{qualification_id}", summary="One qualification", responses=responses(404))
async def get(qualification_id: UUID, session: Reading, response: Response) -> Qualification:
    """All columns of the form, and which of them are absent."""
    return _answer(await queries.qualification(session, qualification_id), response)


def _answer(row: models.Qualification, response: Response) -> Qualification:
    response.headers["ETag"] = etag(row.revision)
    absent = [column for column in FORM_COLUMNS if not getattr(row, column)]
    standard = row.occupational_standard or {}
    if standard and not standard.get("order_number"):
        absent.append("occupational_standard.order_number")
    if standard and not standard.get("order_date"):
        absent.append("occupational_standard.order_date")
    return Qualification.model_validate({**row.model_dump(), "absent": absent})
