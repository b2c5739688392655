"""The ledger of notices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.certificates.certificate.number import CertificateNumber
from services.certificates.validity import queries
from services.certificates.validity.queries import NoticeFilter
from services.certificates.validity.rules import NoticeKind, SuppressionReason
from services.certificates.validity.schemas import NoticeAnswer
from shared.paging import Page
from shared.principal import Scope
from shared.schemas import CivilDay
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.guards import Allow

router = APIRouter(prefix="/v1", tags=["certificates"])


async def _notice_filter(
    certificate_id: Annotated[
        UUID | None, Query(description="notices about the certificate of this id")
    ] = None,
    number: Annotated[
        CertificateNumber | None, Query(description="notices about the certificate of this number")
    ] = None,
    kind: Annotated[
        NoticeKind | None, Query(description="notices that say this: renewal is due, or expiry")
    ] = None,
    reason: Annotated[
        SuppressionReason | None, Query(description="notices not published for this reason")
    ] = None,
    *,
    is_published: Annotated[bool | None, Query(description="without a reason, or with any")] = None,
    due_from: Annotated[
        CivilDay | None, Query(description="notices due on this civil day or later")
    ] = None,
    due_to: Annotated[
        CivilDay | None, Query(description="notices due on this civil day or earlier")
    ] = None,
) -> NoticeFilter:
    return NoticeFilter(certificate_id, number, kind, reason, is_published, due_from, due_to)


@router.get(
    "/notices",
    summary="The ledger of notices, the newest first",
    tags=["operations"],
    dependencies=[Depends(Allow(Scope.OPERATE))],
)
async def list_notices(
    session: ReadOnlyTransaction,
    notice_filter: Annotated[NoticeFilter, Depends(_notice_filter)],
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[NoticeAnswer]:
    """Which notices were due about which certificate, when they were entered, and if published."""
    rows, next_cursor = await queries.list_notices(session, notice_filter, cursor, limit)
    return Page[NoticeAnswer](
        items=[NoticeAnswer.model_validate(row) for row in rows], next=next_cursor
    )
