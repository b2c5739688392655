"""The ledger of notices over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from services.certificates.validity import queries
from services.certificates.validity.schemas import Notice
from shared.paging import Page
from shared.principal import Scope
from shared.web.dependencies import Cursor, Limit, Reading
from shared.web.guards import Allow

router = APIRouter(prefix="/v1", tags=["certificates"])


@router.get(
    "/notices",
    summary="The ledger of notices, oldest first",
    tags=["operations"],
    dependencies=[Depends(Allow(Scope.OPERATE))],
)
async def notices(
    session: Reading,
    certificate_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Notice]:
    """Which notices were given about which certificate, and when."""
    rows, following = await queries.notices(session, certificate_id, cursor, limit)
    return Page[Notice](items=[Notice.model_validate(row) for row in rows], next=following)
