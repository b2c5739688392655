"""Changes of certificates over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from services.certificates.access.dependencies import KEEPERS, Agency, ServiceSettings
from services.certificates.certificate import queries
from services.certificates.certificate.schemas import Certificate, ChangeShown
from services.certificates.changes import extension, operations
from services.certificates.changes.schemas import (
    Annulment,
    Extension,
    ExtensionDecided,
    Measure,
    Selection,
)
from shared.web.dependencies import Now, Reading, Transaction
from shared.web.problems import responses

router = APIRouter(prefix="/v1", tags=["certificates"])


@router.get(
    "/certificates/{certificate_id}/changes",
    summary="What happened to it after its issue",
    responses=responses(404),
    dependencies=[Depends(KEEPERS)],
)
async def changed(certificate_id: UUID, session: Reading) -> list[ChangeShown]:
    """In the order of recording: who, why, when in effect, when recorded."""
    await queries.certificate(session, certificate_id)
    found = await queries.changes(session, [certificate_id])
    return [ChangeShown.model_validate(row) for row in found[certificate_id]]


@router.post(
    "/certificates/{certificate_id}/annulment",
    summary="Annul a certificate that was issued in error",
    responses=responses(404, 409),
)
async def annul(
    certificate_id: UUID,
    body: Annulment,
    caller: Agency,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
) -> Certificate:
    """It never was valid; what was known before stays known."""
    row = await operations.annul(session, certificate_id, body, caller.subject, now, settings)
    return Certificate.model_validate(row)


@router.post(
    "/certificates/{certificate_id}/measures",
    summary="Suspend, reinstate or withdraw it (ISO/IEC 17024; off by default)",
    responses=responses(404, 409),
)
async def take_measure(
    certificate_id: UUID,
    body: Measure,
    caller: Agency,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
) -> Certificate:
    """Suspended, it proves nothing until it is reinstated; withdrawn, never again."""
    row = await operations.take_measure(
        session, certificate_id, body, caller.subject, now, settings
    )
    return Certificate.model_validate(row)


@router.post("/extensions/preview", summary="What an extension would do")
async def preview(
    body: Extension, caller: Agency, session: Reading, now: Now, settings: ServiceSettings
) -> Selection:
    """Every certificate whose end lies in the window, and its new end. Nothing changes."""
    found = await extension.preview(session, body, now, settings)
    return Selection(count=len(found), certificates=found)


@router.post("/extensions", summary="Extend a selection of certificates", responses=responses(409))
async def extend(
    body: ExtensionDecided,
    caller: Agency,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
) -> Selection:
    """All of them or none; as many as the preview showed. The end as printed stays."""
    found = await extension.extend(session, body, body.count, caller.subject, now, settings)
    return Selection(count=len(found), certificates=found)
