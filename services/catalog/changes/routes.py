"""The change feed, for readers that keep a copy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.catalog.changes import queries
from services.catalog.changes.schemas import CatalogChange, Changes
from services.catalog.qualification import answers
from shared.web.dependencies import Limit, Reading, Today
from shared.web.guards import PUBLIC

router = APIRouter(prefix="/v1/changes", tags=["changes"], dependencies=[Depends(PUBLIC)])


@router.get("", summary="Changes after a position")
async def changes(
    session: Reading,
    today: Today,
    after: Annotated[int, Query(ge=0, description="your last position; 0 from the start")] = 0,
    limit: Limit = 100,
) -> Changes:
    """Publications and withdrawals in the order in which they were committed.

    Positions are 1, 2, 3 without gaps: a reader that applies each position once, in order, and goes
    on until its last one equals `head`, has missed nothing.
    """
    head = await queries.head(session)
    found = await queries.changes(session, after, limit)
    items = [
        CatalogChange.model_validate(
            {
                **change.model_dump(),
                "qualification": answers.qualification(standing, today),
            }
        )
        for change, standing in found
    ]
    return Changes(items=items, head=head)
