"""Certificates over HTTP: list, one, its history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from services.certificates.access.dependencies import KEEPERS, Disclosures
from services.certificates.certificate import queries
from services.certificates.certificate.dependencies import PathCertificateId
from services.certificates.certificate.rules import CertificateOrder
from services.certificates.certificate.schemas import CertificateAnswer, CertificateSummary
from shared.paging import Page
from shared.principal import Principal
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.problem_documents import problem_responses
from shared.web.selection import (
    FieldSelection,
    MemberNames,
    page_with_selection,
    select_members,
    with_selection,
)

router = APIRouter(prefix="/v1", tags=["certificates"])
ApplicationFilter = Annotated[
    UUID | None, Query(description="the certificate of this application, if it has one")
]
Sort = Annotated[
    CertificateOrder,
    Query(description="by instant of issue, or by last day; `-` before a name: the last first"),
]


SummaryFields = Annotated[MemberNames, Depends(FieldSelection(CertificateSummary))]
CertificateFields = Annotated[MemberNames, Depends(FieldSelection(CertificateAnswer))]


@router.get(
    "/certificates",
    summary="Certificates, in the order of issue or of their ends",
    dependencies=[Depends(KEEPERS)],
    response_model=page_with_selection(CertificateSummary),
)
async def list_certificates(
    session: ReadOnlyTransaction,
    fields: SummaryFields,
    application_id: ApplicationFilter = None,
    sort: Sort = CertificateOrder.ISSUED,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> BaseModel | Response:
    """A page of certificates without their holders."""
    rows, next_cursor = await queries.list_certificates(
        session, application_id, sort, cursor, limit
    )
    items = [CertificateSummary.model_validate(row) for row in rows]
    page = Page[CertificateSummary](items=items, next=next_cursor)
    return select_members(page, fields)


@router.get(
    "/certificates/{certificate_id}",
    summary="One certificate",
    responses=problem_responses(404),
    response_model=with_selection(CertificateAnswer),
)
async def get_certificate(
    certificate_id: PathCertificateId,
    caller: Annotated[Principal, Depends(KEEPERS)],
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
    fields: CertificateFields,
) -> BaseModel | Response:
    """The certificate with its holder and everything else that it prints; the read is recorded."""
    row = await queries.get_certificate(session, certificate_id)
    await disclosures.record(caller, "certificate", row.id)
    return select_members(CertificateAnswer.model_validate(row), fields)
