"""Rehearsals of letters over HTTP: which would be planned on a day to come, by channel."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.applications.access.dependencies import Operations, ServiceSettings
from services.applications.application.values import CouncilName, RecordedCentreNumber
from services.applications.letters.rehearsal import (
    FIRST_POSITION,
    RehearsedChannel,
    RehearsedLetterFilter,
    check_rehearsed_day,
    list_rehearsed_letters,
    rehearse_letters,
)
from services.applications.letters.rehearsal_schemas import (
    LetterRehearsalAnswer,
    RehearsedLetterAnswer,
)
from shared.paging import Page, decode_cursor, encode_cursor
from shared.schemas import CivilDay
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction, Today

router = APIRouter(prefix="/v1/letters/rehearsals", tags=["operations"])


async def _rehearsed_day(
    today: Today, on: Annotated[CivilDay, Query(description="today, or a civil day to come")]
) -> date:
    check_rehearsed_day(on, today)
    return on


RehearsedDay = Annotated[date, Depends(_rehearsed_day)]
"""The day in the query `on`."""


@router.get("", summary="Which letters would be planned on a day, without planning them")
async def get_letter_rehearsal(
    caller: Operations,
    session: ReadOnlyTransaction,
    settings: ServiceSettings,
    rehearsed_on: RehearsedDay,
) -> LetterRehearsalAnswer:
    """Supposes that nothing changes until then and that no day is missed."""
    rehearsal = await rehearse_letters(session, settings, rehearsed_on)
    return LetterRehearsalAnswer.model_validate(rehearsal, from_attributes=True)


@router.get("/rows", summary="The letters one by one")
async def list_letter_rows(
    caller: Operations,
    session: ReadOnlyTransaction,
    settings: ServiceSettings,
    rehearsed_on: RehearsedDay,
    centre: Annotated[
        RecordedCentreNumber | None, Query(description="letters of the centre of this number")
    ] = None,
    council: Annotated[
        CouncilName | None, Query(description="letters of the council of this name")
    ] = None,
    channel: Annotated[
        RehearsedChannel | None, Query(description="letters that would go so")
    ] = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[RehearsedLetterAnswer]:
    """By threshold and application; all of them, or those of one centre, council or channel."""
    after = decode_cursor(cursor, int, UUID) if cursor else FIRST_POSITION
    rows = await list_rehearsed_letters(
        session,
        settings,
        rehearsed_on,
        RehearsedLetterFilter(centre, council, channel),
        limit + 1,
        after=(after[0], after[1]),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page[RehearsedLetterAnswer](
        items=[
            RehearsedLetterAnswer.model_validate(row, from_attributes=True) for row in rows[:limit]
        ],
        next=encode_cursor(last.threshold_days, last.application_id) if last else None,
    )
