"""Numbers over HTTP: what waits for one, and the numbers that the registry gives."""

from typing import Annotated

from fastapi import APIRouter, Body

from services.certificates.access.dependencies import Command, Disclosures, Registry
from services.certificates.issuance import operations, queries
from services.certificates.issuance.schemas import NumberAssignmentRequest, NumberRequestAnswer
from services.certificates.registry.answer_routes import check_size
from services.certificates.registry.schemas import MAX_BATCH_ROWS
from shared.paging import Page, WholeList
from shared.row_batches import RowOutcome
from shared.web.client_language import ClientWords
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction

router = APIRouter(prefix="/v1/registry", tags=["registry"])


@router.get("/number-requests", summary="Certificates that wait for a number, oldest first")
async def list_number_requests(
    caller: Registry,
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[NumberRequestAnswer]:
    """Empty unless the settings let the registry assign numbers (order 725n, item 5)."""
    await disclosures.record(caller, "number requests")
    rows, next_cursor = await queries.list_number_requests(session, cursor, limit)
    items = [
        NumberRequestAnswer(
            application_id=row.application_id,
            qualification_id=row.approval.qualification.id,
            qualification=row.approval.qualification.name,
            registry_number=row.approval.qualification.registry_number,
            holder=row.approval.holder,
            decided_on=row.approval.decided_on,
            requested_at=row.requested_at,
        )
        for row in rows
    ]
    return Page[NumberRequestAnswer](items=items, next=next_cursor)


@router.post("/numbers", summary="Give numbers: the certificates are issued")
async def assign_numbers(
    caller: Registry,
    command: Command,
    t: ClientWords,
    rows: Annotated[
        list[NumberAssignmentRequest],
        Body(
            max_length=MAX_BATCH_ROWS,
            description="one for each application",
            examples=[
                [
                    {
                        "application_id": "2c9e5b17-64f0-4d2a-b8e3-0f7a91c6d354",
                        "number": "07.01000.00.00000001.29",
                    }
                ]
            ],
        ),
    ],
) -> WholeList[RowOutcome]:
    """Each row on its own, in order; the same number again for the same one changes nothing."""
    check_size(len(rows), command.settings)
    return WholeList(items=await operations.assign_numbers(command.by(caller), rows, t))
