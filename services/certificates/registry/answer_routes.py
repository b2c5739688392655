"""What the national registry sends: receipts; and what it has not entered yet."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query

from services.certificates.access.dependencies import Command, Registry, ServiceSettings
from services.certificates.registry import queries
from services.certificates.registry.receipts import record_receipts
from services.certificates.registry.schemas import (
    MAX_BATCH_ROWS,
    ReceiptRequest,
    UnacknowledgedEntryAnswer,
    UnacknowledgedPageAnswer,
)
from services.certificates.settings import REGISTRY_LIMIT, CertificatesSettings
from shared.clock import civil_date
from shared.errors import RuleViolation
from shared.paging import WholeList
from shared.principal import Scope
from shared.row_batches import RowOutcome
from shared.schemas import MAX_EXACT_INTEGER
from shared.web.client_language import ClientWords
from shared.web.dependencies import PageLimit, ReadOnlyTransaction, Today
from shared.web.guards import Allow

router = APIRouter(prefix="/v1/registry", tags=["registry"])


@router.post("/receipts", summary="Acknowledge entries of the feed, or refuse them")
async def submit_receipts(
    caller: Registry,
    command: Command,
    t: ClientWords,
    rows: Annotated[
        list[ReceiptRequest],
        Body(
            max_length=MAX_BATCH_ROWS,
            description="one for each entry",
            examples=[[{"position": 1024, "outcome": "refused", "reason": "Нет такого центра"}]],
        ),
    ],
) -> WholeList[RowOutcome]:
    """Each row on its own, in order; the same receipt again changes nothing."""
    check_size(len(rows), command.settings)
    return WholeList(items=await record_receipts(command.by(caller), rows, t))


def check_size(count: int, settings: CertificatesSettings) -> None:
    """Refuses an empty batch and one over the limit. Raises `RuleViolation`."""
    if not 1 <= count <= settings.batch_rows:
        raise RuleViolation(
            "batch.rows",
            f"Send 1 to {settings.batch_rows} rows at once.",
            field="/",
            values={"number": settings.batch_rows},
        )


@router.get(
    "/unacknowledged",
    summary="What the registry has not entered, oldest first",
    dependencies=[Depends(Allow(Scope.FEED, Scope.OPERATE))],
)
async def list_unacknowledged_entries(
    session: ReadOnlyTransaction,
    today: Today,
    settings: ServiceSettings,
    after: Annotated[
        int,
        Query(ge=0, le=MAX_EXACT_INTEGER, description="the last position that you saw"),
    ] = 0,
    limit: PageLimit = 50,
) -> UnacknowledgedPageAnswer:
    """Each with the last day that the law gives for its entry, and its last refusal."""
    entries = []
    for entry, last_refusal in await queries.list_unacknowledged_entries(session, after, limit):
        recorded_on = civil_date(entry.recorded_at, settings.time_zone)
        due_on = settings.find_last_day(REGISTRY_LIMIT, recorded_on)
        entries.append(
            UnacknowledgedEntryAnswer.model_validate(
                {
                    **entry.model_dump(),
                    "due_on": due_on,
                    "late": today > due_on,
                    "refusal_reason": last_refusal,
                }
            )
        )
    return UnacknowledgedPageAnswer(after=after, items=entries)
