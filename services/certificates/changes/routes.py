"""Changes of certificates over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from services.certificates.access.dependencies import KEEPERS, Agency, Command, ServiceSettings
from services.certificates.certificate import queries
from services.certificates.certificate.dependencies import PathCertificateId
from services.certificates.certificate.schemas import CertificateAnswer, ChangeAnswer
from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes import annulment, extension, operations
from services.certificates.changes.schemas import (
    AnnulmentRequest,
    ConfirmedExtensionRequest,
    ExtensionAnswer,
    ExtensionRequest,
    MeasureKind,
    MeasureRequest,
    ShorteningRequest,
)
from services.certificates.settings import CertificatesContext
from shared.context import command_context
from shared.paging import WholeList
from shared.web.dependencies import Now, ReadOnlyTransaction
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["certificates"], route_class=OnceRoute)


@router.get(
    "/certificates/{certificate_id}/changes",
    summary="What happened to it after its issue",
    responses=problem_responses(404),
    dependencies=[Depends(KEEPERS)],
)
async def list_certificate_changes(
    certificate_id: PathCertificateId, session: ReadOnlyTransaction
) -> WholeList[ChangeAnswer]:
    """In the order of recording: who, why, when in effect, when recorded."""
    await queries.get_certificate(session, certificate_id)
    changes_by_certificate = await queries.list_changes(session, [certificate_id])
    rows = changes_by_certificate[certificate_id]
    return WholeList(items=[ChangeAnswer.model_validate(row) for row in rows])


@router.post(
    "/certificates/{certificate_id}/annul",
    summary="Annul a certificate that was issued in error",
    responses=problem_responses(404, 409),
)
async def annul_certificate(
    certificate_id: PathCertificateId, body: AnnulmentRequest, caller: Agency, command: Command
) -> CertificateAnswer:
    """It never was valid; what was known before stays known. 409 when it is annulled already."""
    row = await annulment.annul_certificate(command.by(caller), certificate_id, body)
    return CertificateAnswer.model_validate(row)


@router.post(
    "/certificates/{certificate_id}/shorten",
    summary="Move its end to an earlier day",
    responses=problem_responses(404, 409),
)
async def shorten_certificate(
    certificate_id: PathCertificateId, body: ShorteningRequest, caller: Agency, command: Command
) -> CertificateAnswer:
    """Today or later; the end as printed stays. 409 when it is over, or nothing mends it."""
    row = await operations.shorten_certificate(command.by(caller), certificate_id, body)
    return CertificateAnswer.model_validate(row)


@router.post(
    "/certificates/{certificate_id}/suspend",
    summary="Suspend it (ISO/IEC 17024; off by default)",
    responses=problem_responses(404, 409),
)
async def suspend_certificate(
    certificate_id: PathCertificateId, body: MeasureRequest, caller: Agency, command: Command
) -> CertificateAnswer:
    """It proves nothing until it is reinstated. 409 unless it is valid."""
    return await _take_measure(command.by(caller), certificate_id, ChangeKind.SUSPENDED, body)


@router.post(
    "/certificates/{certificate_id}/reinstate",
    summary="Reinstate it (ISO/IEC 17024; off by default)",
    responses=problem_responses(404, 409),
)
async def reinstate_certificate(
    certificate_id: PathCertificateId, body: MeasureRequest, caller: Agency, command: Command
) -> CertificateAnswer:
    """It proves the qualification again, until its end. 409 unless it is suspended."""
    return await _take_measure(command.by(caller), certificate_id, ChangeKind.REINSTATED, body)


@router.post(
    "/certificates/{certificate_id}/withdraw",
    summary="Withdraw it (ISO/IEC 17024; off by default)",
    responses=problem_responses(404, 409),
)
async def withdraw_certificate(
    certificate_id: PathCertificateId, body: MeasureRequest, caller: Agency, command: Command
) -> CertificateAnswer:
    """It never proves anything again. 409 unless it is valid or suspended."""
    return await _take_measure(command.by(caller), certificate_id, ChangeKind.WITHDRAWN, body)


async def _take_measure(
    context: CertificatesContext, certificate_id: UUID, kind: MeasureKind, body: MeasureRequest
) -> CertificateAnswer:
    row = await operations.take_measure(context, certificate_id, kind, body)
    return CertificateAnswer.model_validate(row)


@router.post("/extensions/preview", summary="What an extension would do")
async def preview_extension(
    body: ExtensionRequest,
    caller: Agency,
    session: ReadOnlyTransaction,
    now: Now,
    settings: ServiceSettings,
) -> ExtensionAnswer:
    """Every certificate whose end lies in the window, and its new end. Nothing changes."""
    context = command_context(session, now, settings, caller.subject)
    selection = await extension.preview_extension(context, body)
    return ExtensionAnswer.about(selection)


@router.post(
    "/extensions", summary="Extend a selection of certificates", responses=problem_responses(409)
)
async def extend_certificates(
    body: ConfirmedExtensionRequest, caller: Agency, command: Command
) -> ExtensionAnswer:
    """All of them or none; as many as the preview showed. The end as printed stays.

    A decision about more than one request may look at is recorded in windows of fewer days.
    """
    selection = await extension.extend_certificates(command.by(caller), body)
    return ExtensionAnswer.about(selection)
