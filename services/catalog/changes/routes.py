"""The change feed over HTTP, for readers that keep a copy of the catalog."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.catalog.changes import queries
from services.catalog.changes.schemas import CatalogChangeAnswer, CatalogChangesAnswer
from services.catalog.qualification.answers import qualification_answer
from shared.schemas import Position
from shared.web.dependencies import PageLimit, ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC

router = APIRouter(prefix="/v1/changes", tags=["changes"], dependencies=[Depends(PUBLIC)])


@router.get("", summary="Changes after a position")
async def list_changes(
    session: ReadOnlyTransaction,
    today: Today,
    after: Annotated[Position, Query(description="your last position; 0 from the start")] = 0,
    limit: PageLimit = 100,
) -> CatalogChangesAnswer:
    """Publications and withdrawals in the order in which they were committed.

    Positions are 1, 2, 3 without gaps: a reader that applies each position once, in order, and goes
    on until its last one equals `head`, has missed nothing.
    """
    last_position = await queries.get_last_position(session)
    changes_with_versions = await queries.list_changes(session, after, limit)
    items = [
        CatalogChangeAnswer(
            position=change.position,
            kind=change.kind,
            recorded_at=change.recorded_at,
            qualification=qualification_answer(dated_version, today),
        )
        for change, dated_version in changes_with_versions
    ]
    return CatalogChangesAnswer(items=items, head=last_position)
