"""Numbers over HTTP: what waits for one, and the numbers that the registry gives."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from services.certificates.access import operations
from services.certificates.access.dependencies import Registry, ServiceSettings
from services.certificates.issuance import operations as issuance_operations
from services.certificates.issuance import queries
from services.certificates.issuance.schemas import NumberAsked, NumberGiven
from services.certificates.registry.answer_routes import check_size
from shared.paging import Page, decode, encode
from shared.row_batches import RowOutcome
from shared.web.dependencies import Cursor, Limit, Now, Reading, Transaction

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
    await operations.note(request.app.state.database, caller, "number requests", now)
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
    check_size(len(rows), settings)
    return await issuance_operations.assign(session, rows, now, settings)
