"""The ledger of notices over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from services.certificates.validity import queries
from services.certificates.validity.schemas import NoticeAnswer
from shared.paging import Page
from shared.principal import Scope
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.guards import Allow

router = APIRouter(prefix="/v1", tags=["certificates"])


@router.get(
    "/notices",
    summary="The ledger of notices, oldest first",
    tags=["operations"],
    dependencies=[Depends(Allow(Scope.OPERATE))],
)
async def list_notices(
    session: ReadOnlyTransaction,
    certificate_id: UUID | None = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[NoticeAnswer]:
    """Which notices were recorded about which certificate, and when."""
    rows, next_cursor = await queries.list_notices(session, certificate_id, cursor, limit)
    return Page[NoticeAnswer](
        items=[NoticeAnswer.model_validate(row) for row in rows], next=next_cursor
    )
