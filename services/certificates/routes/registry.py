"""What the national registry says: numbers, receipts; and what still waits for it."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request

from services.certificates.operations import issuing, readings, receipts
from services.certificates.queries import registry as queries
from services.certificates.routes.feed import Registry
from services.certificates.routes.settings import ServiceSettings
from services.certificates.schemas.registry import (
    NumberAsked,
    NumberGiven,
    ReceiptTold,
    RowOutcome,
    Unacknowledged,
)
from services.certificates.settings import CertificatesSettings
from shared.auth import Allow, Scope
from shared.clock import add_period, civil_date
from shared.errors import RuleViolation
from shared.http import Now, Reading, Today, Transaction
from shared.paging import Cursor, Limit, Page, decode, encode

router = APIRouter(prefix="/v1/registry", tags=["registry"])


@router.get("/number-requests", summary="Certificates that wait for a number, oldest first")
async def number_requests(
    request: Request,
    caller: Registry,
    session: Reading,
    now: Now,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[NumberAsked]:
    """Only where the registry gives the numbers (order 725n, item 5)."""
    await readings.note(request.app.state.database, caller, "number requests", now)
    after = decode(cursor, int)[0] if cursor is not None else 0
    rows = await queries.waiting_for_numbers(session, after, limit + 1)
    items = [
        NumberAsked(
            application_id=row.application_id,
            qualification_id=row.approval["qualification"]["id"],
            qualification=row.approval["qualification"]["name"],
            registry_number=row.approval["qualification"]["registry_number"],
            holder=row.approval["holder"],
            decided_on=row.approval["decided_on"],
            requested_at=row.requested_at,
        )
        for row in rows[:limit]
    ]
    following = encode(rows[limit - 1].id) if len(rows) > limit else None
    return Page[NumberAsked](items=items, next=following)


@router.post("/numbers", summary="Give numbers: the certificates are issued")
async def give_numbers(
    caller: Registry,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
    rows: Annotated[list[NumberGiven], Body()],
) -> list[RowOutcome]:
    """Each row on its own, in order; a number given before, to the same one, changes nothing."""
    _check_size(len(rows), settings)
    return await issuing.assign(session, rows, now, settings)


@router.post("/receipts", summary="Acknowledge entries of the feed, or refuse them")
async def receive(
    caller: Registry,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
    rows: Annotated[list[ReceiptTold], Body()],
) -> list[RowOutcome]:
    """Each row on its own, in order; the same answer again changes nothing."""
    _check_size(len(rows), settings)
    return await receipts.receive(session, rows, caller.subject, now, settings)


def _check_size(count: int, settings: CertificatesSettings) -> None:
    if not 1 <= count <= settings.certificates_batch_rows:
        raise RuleViolation(
            "batch.rows", f"Send 1 to {settings.certificates_batch_rows} rows at once.", field="/"
        )


@router.get(
    "/unacknowledged",
    summary="What the registry has not entered, oldest first",
    dependencies=[Depends(Allow(Scope.FEED, Scope.OPERATE))],
)
async def unacknowledged(
    session: Reading,
    today: Today,
    settings: ServiceSettings,
    after: Annotated[int, Query(ge=0, description="the last position that you saw")] = 0,
    limit: Limit = 50,
) -> list[Unacknowledged]:
    """Each with the last day that the law gives, and the last refusal."""
    found = []
    for entry, refused in await queries.unacknowledged(session, after, limit):
        told_on = civil_date(entry.recorded_at, settings.time_zone)
        due_on = add_period(told_on, settings.certificates_registry_limit)
        found.append(
            Unacknowledged.model_validate(
                {**entry.model_dump(), "due_on": due_on, "late": today > due_on, "refused": refused}
            )
        )
    return found
