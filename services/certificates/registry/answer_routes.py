"""What the national registry answers: receipts; and what it has not acknowledged."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query

from services.certificates.access.dependencies import Registry, ServiceSettings
from services.certificates.registry import queries, receipts
from services.certificates.registry.schemas import ReceiptTold, Unacknowledged
from services.certificates.settings import CertificatesSettings
from shared.clock import add_period, civil_date
from shared.errors import RuleViolation
from shared.principal import Scope
from shared.row_batches import RowOutcome
from shared.web.dependencies import Limit, Now, Reading, Today, Transaction
from shared.web.guards import Allow

router = APIRouter(prefix="/v1/registry", tags=["registry"])


@router.post("/receipts", summary="Acknowledge entries of the feed, or refuse them")
async def receive(
    caller: Registry,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
    rows: Annotated[list[ReceiptTold], Body()],
) -> list[RowOutcome]:
    """Each row on its own, in order; the same answer again changes nothing."""
    check_size(len(rows), settings)
    return await receipts.receive(session, rows, caller.subject, now, settings)


def check_size(count: int, settings: CertificatesSettings) -> None:
    """Refuses an empty batch and one over the limit. Raises `RuleViolation`."""
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
