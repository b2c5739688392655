"""Qualifications: drafted, found, read as of a day, withdrawn."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.catalog.lifecycle.status import Status
from services.catalog.operations import drafting, procedure
from services.catalog.queries import search, versions
from services.catalog.routes import answers
from services.catalog.routes.answers import Draft
from services.catalog.schemas import (
    Qualification,
    QualificationSummary,
    Withdraw,
    examples,
)
from shared.auth import AllowWrites, Scope
from shared.http import Now, Reading, Today, Transaction
from shared.idempotency import IdempotencyKey, once
from shared.paging import Cursor, Limit, Page
from shared.problems import responses

router = APIRouter(
    prefix="/v1/qualifications",
    tags=["qualifications"],
    dependencies=[Depends(AllowWrites(Scope.PUBLISH))],
)


@router.post("", status_code=201, summary="Submit a draft", responses=responses(409))
async def create(
    body: Draft,
    session: Transaction,
    now: Now,
    today: Today,
    response: Response,
    key: IdempotencyKey = None,
) -> Qualification:
    """A council's draft: version 1 of a new qualification.

    The same council, standard, name and level can exist only once.
    """

    async def perform() -> UUID:
        return await drafting.create_draft(session, body, now)

    request = body.model_dump_json().encode()
    qualification_id = await once(session, "create_qualification", key, request, perform)
    standing = await versions.standing(session, qualification_id, 1)
    response.headers["Location"] = f"/v1/qualifications/{qualification_id}/versions/1"
    response.headers["ETag"] = answers.tag(standing, today)
    return answers.qualification(standing, today)


def wanted(
    today: Today,
    on: Annotated[
        date | None, Query(description="in force on this day; today when neither is given")
    ] = None,
    text: Annotated[
        str | None, Query(max_length=200, description="words of names, codes and functions")
    ] = None,
    level: Annotated[int | None, Query(ge=1, le=9)] = None,
    standard: Annotated[str | None, Query(pattern=r"^\d{2}\.\d{3}$")] = None,
    area: Annotated[str | None, Query(pattern=r"^\d{2}$", description="of activity")] = None,
    council: Annotated[str | None, Query(max_length=500, description="its full name")] = None,
    status: Annotated[
        Status | None, Query(description="versions in this status instead of those in force")
    ] = None,
) -> search.Filter:
    """Which versions a list asks for."""
    return search.Filter(on or today, text, level, standard, area, council, status)


Wanted = Annotated[search.Filter, Depends(wanted)]


@router.get(
    "",
    summary="List and search",
    responses={200: examples.listed()},
    response_model=Page[QualificationSummary],
)
async def find(
    session: Reading,
    today: Today,
    wanted: Wanted,
    fields: answers.ListFields,
    request: Request,
    response: Response,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What is in force on a day, or the versions in a status; by relevance, then by name.

    All words of `text` must occur, in any grammatical form; case and `ё` do not matter.
    """
    found, following = await search.page(session, wanted, cursor, limit)
    items = [answers.summary(standing, today) for standing in found]
    page = Page[QualificationSummary](items=items, next=following)
    return answers.listed(page, request, response, fields)


@router.get(
    "/{qualification_id}",
    summary="One qualification",
    responses={**responses(404), 200: examples.answered()},
    response_model=Qualification,
)
async def get(
    qualification_id: UUID,
    session: Reading,
    today: Today,
    fields: answers.OneFields,
    request: Request,
    response: Response,
    on: Annotated[date | None, Query(description="the version in force on this day")] = None,
) -> Qualification | Response:
    """The version in force on a day.

    Without `on`: today's; if none is in force today, the last that was, or the newest draft.
    """
    if on is not None:
        standing = await versions.standing_on(session, qualification_id, on)
    else:
        standing = await versions.prevailing(session, qualification_id, today)
    return answers.one(standing, today, request, response, fields)


@router.post("/{qualification_id}/withdraw", summary="Withdraw", responses=responses(404, 409))
async def withdraw(
    qualification_id: UUID, body: Withdraw, session: Transaction, now: Now, today: Today
) -> Qualification:
    """Ends a qualification from a day on: nobody can apply for it from then; certificates stay."""
    standing = await procedure.withdraw(session, qualification_id, body, today=today, now=now)
    return answers.qualification(standing, today)
