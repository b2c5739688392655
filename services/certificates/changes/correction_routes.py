"""Corrections of certificates over HTTP: two people, and both versions kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.access.dependencies import Agency, Command, Disclosures, Office
from services.certificates.access.policy import check_issued_by_centre
from services.certificates.certificate import queries
from services.certificates.certificate.dependencies import PathCertificateId
from services.certificates.changes import corrections
from services.certificates.changes.correction_schemas import (
    CorrectionAnswer,
    CorrectionId,
    CorrectionRequest,
)
from shared.paging import WholeList
from shared.principal import Principal
from shared.web.contents import omit_headers
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses

router = APIRouter(
    prefix="/v1/certificates/{certificate_id}/corrections",
    tags=["certificates"],
    route_class=OnceRoute,
)
PathCorrectionId = Annotated[CorrectionId, Path()]


async def _check_own(session: AsyncSession, caller: Principal, certificate_id: UUID) -> None:
    """Raises `NotFound` for a certificate that the caller does not reach."""
    check_issued_by_centre(caller, await queries.get_certificate(session, certificate_id))


@router.post(
    "",
    status_code=201,
    summary="Propose what a certificate should say",
    responses={201: omit_headers("Location"), **problem_responses(404, 409)},
)
async def propose_correction(
    certificate_id: PathCertificateId, body: CorrectionRequest, caller: Office, command: Command
) -> CorrectionAnswer:
    """Nothing changes before another person confirms it. 409 while another one is open."""
    await _check_own(command.session, caller, certificate_id)
    row = await corrections.propose_correction(command.by(caller), certificate_id, body)
    return CorrectionAnswer.model_validate(row)


@router.get("", summary="Its corrections, before and after", responses=problem_responses(404))
async def list_corrections(
    certificate_id: PathCertificateId,
    caller: Office,
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
) -> WholeList[CorrectionAnswer]:
    """In the order of proposing, each with the facts as they were and as they were to be."""
    await _check_own(session, caller, certificate_id)
    await disclosures.record(caller, "corrections", certificate_id)
    rows = await corrections.list_corrections(session, certificate_id)
    return WholeList(items=[CorrectionAnswer.model_validate(row) for row in rows])


@router.post(
    "/{correction_id}/confirm",
    summary="Let the certificate say what was proposed",
    responses=problem_responses(403, 404, 409),
)
async def confirm_correction(
    certificate_id: PathCertificateId,
    correction_id: PathCorrectionId,
    caller: Agency,
    command: Command,
) -> CorrectionAnswer:
    """By another person than proposed it; the registry is told. 409 when it is closed."""
    row = await corrections.confirm_correction(command.by(caller), certificate_id, correction_id)
    return CorrectionAnswer.model_validate(row)


@router.post(
    "/{correction_id}/decline",
    summary="Leave the certificate as it is",
    responses=problem_responses(404, 409),
)
async def decline_correction(
    certificate_id: PathCertificateId,
    correction_id: PathCorrectionId,
    caller: Agency,
    command: Command,
) -> CorrectionAnswer:
    """The proposal stays in the history. 409 when it is closed."""
    row = await corrections.decline_correction(command.by(caller), certificate_id, correction_id)
    return CorrectionAnswer.model_validate(row)
