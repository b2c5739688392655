"""Certificates over HTTP: list, one, its history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.certificates.access import operations
from services.certificates.access.dependencies import KEEPERS
from services.certificates.certificate import queries
from services.certificates.certificate.schemas import Certificate, CertificateSummary
from shared.paging import Page
from shared.principal import Principal
from shared.web.dependencies import Cursor, Limit, Now, Reading
from shared.web.problems import responses

router = APIRouter(prefix="/v1", tags=["certificates"])


@router.get(
    "/certificates",
    summary="Certificates, in the order of issue",
    dependencies=[Depends(KEEPERS)],
)
async def find(
    session: Reading,
    application_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CertificateSummary]:
    """Without their holders."""
    rows, following = await queries.certificates(session, application_id, cursor, limit)
    items = [CertificateSummary.model_validate(row) for row in rows]
    return Page[CertificateSummary](items=items, next=following)


@router.get(
    "/certificates/{certificate_id}",
    summary="One certificate",
    responses=responses(404),
)
async def get(
    request: Request,
    certificate_id: UUID,
    caller: Annotated[Principal, Depends(KEEPERS)],
    session: Reading,
    now: Now,
) -> Certificate:
    """With everything that it prints."""
    row = await queries.certificate(session, certificate_id)
    await operations.note(request.app.state.database, caller, "certificate", now, row.id)
    return Certificate.model_validate(row)
