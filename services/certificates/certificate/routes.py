"""Certificates over HTTP: list, one, its history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.certificates.access.dependencies import KEEPERS, Disclosures
from services.certificates.certificate import queries
from services.certificates.certificate.dependencies import PathCertificateId
from services.certificates.certificate.schemas import CertificateAnswer, CertificateSummary
from shared.paging import Page
from shared.principal import Principal
from shared.web.dependencies import PageCursor, PageLimit, ReadOnlyTransaction
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["certificates"])
ApplicationFilter = Annotated[
    UUID | None, Query(description="the certificate of this application, if it has one")
]


@router.get(
    "/certificates",
    summary="Certificates, in the order of issue",
    dependencies=[Depends(KEEPERS)],
)
async def list_certificates(
    session: ReadOnlyTransaction,
    application_id: ApplicationFilter = None,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[CertificateSummary]:
    """A page of certificates without their holders."""
    rows, next_cursor = await queries.list_certificates(session, application_id, cursor, limit)
    items = [CertificateSummary.model_validate(row) for row in rows]
    return Page[CertificateSummary](items=items, next=next_cursor)


@router.get(
    "/certificates/{certificate_id}",
    summary="One certificate",
    responses=problem_responses(404),
)
async def get_certificate(
    certificate_id: PathCertificateId,
    caller: Annotated[Principal, Depends(KEEPERS)],
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
) -> CertificateAnswer:
    """The certificate with its holder and everything else that it prints; the read is recorded."""
    row = await queries.get_certificate(session, certificate_id)
    await disclosures.record(caller, "certificate", row.id)
    return CertificateAnswer.model_validate(row)
