"""Rehearsals over HTTP: what a scan would do on a day to come."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.certificates.certificate.members import MAX_DAYS
from services.certificates.validity.rehearsal import (
    FIRST_POSITION,
    RehearsedRowFilter,
    check_rehearsed_day,
    list_rehearsed_rows,
    rehearse_scan,
)
from services.certificates.validity.schemas import RehearsalAnswer, RehearsedRowAnswer
from shared.paging import Page, decode_cursor, encode_cursor
from shared.principal import Scope
from shared.schemas import CivilDay
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction, Today
from shared.web.guards import Allow

router = APIRouter(
    prefix="/v1/rehearsals", tags=["operations"], dependencies=[Depends(Allow(Scope.OPERATE))]
)


async def _rehearsed_day(
    today: Today, on: Annotated[CivilDay, Query(description="today, or a civil day to come")]
) -> date:
    check_rehearsed_day(on, today)
    return on


RehearsedDay = Annotated[date, Depends(_rehearsed_day)]
"""The day in the query `on`."""


@router.get("", summary="What a scan would publish on a day, without doing it")
async def get_rehearsal(
    session: ReadOnlyTransaction, rehearsed_on: RehearsedDay
) -> RehearsalAnswer:
    """Supposes that nothing changes until then and that no day is missed."""
    rehearsal = await rehearse_scan(session, rehearsed_on)
    return RehearsalAnswer.model_validate(rehearsal, from_attributes=True)


@router.get("/rows", summary="The certificates about which it would")
async def list_rows(
    session: ReadOnlyTransaction,
    rehearsed_on: RehearsedDay,
    threshold_days: Annotated[
        int | None,
        Query(ge=0, le=MAX_DAYS, description="days before the end; 0: certificates that expire"),
    ] = None,
    qualification_id: Annotated[
        UUID | None, Query(description="certificates of this qualification")
    ] = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[RehearsedRowAnswer]:
    """By threshold and id; all of them, or those of one threshold or qualification."""
    threshold, certificate_id = decode_cursor(cursor, int, UUID) if cursor else FIRST_POSITION
    rows = await list_rehearsed_rows(
        session,
        rehearsed_on,
        RehearsedRowFilter(threshold_days, qualification_id),
        limit + 1,
        after=(threshold, certificate_id),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page[RehearsedRowAnswer](
        items=[
            RehearsedRowAnswer.model_validate(row, from_attributes=True) for row in rows[:limit]
        ],
        next=encode_cursor(last.threshold_days, last.certificate_id) if last else None,
    )
