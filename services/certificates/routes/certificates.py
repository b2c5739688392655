"""Certificates for those who keep them: lists, changes, extensions; the ledger of notices."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from services.certificates.operations import changes, readings
from services.certificates.queries import certificates as queries
from services.certificates.routes.settings import ServiceSettings
from services.certificates.schemas.certificates import (
    Annulment,
    Certificate,
    CertificateSummary,
    ChangeShown,
    Extension,
    ExtensionDecided,
    Measure,
    Notice,
    Selection,
)
from shared.auth import Allow, Principal, Scope
from shared.http import Now, Reading, Transaction
from shared.paging import Cursor, Limit, Page
from shared.problems import responses

router = APIRouter(prefix="/v1", tags=["certificates"])

KEEPERS = Allow(Scope.FEED, Scope.AMEND, Scope.OPERATE)
"""Who may list certificates: nobody may look people up (649n, item 17)."""
Agency = Annotated[Principal, Depends(Allow(Scope.AMEND))]
"""The national agency: it alone changes what a certificate is worth."""


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
    await readings.note(request.app.state.database, caller, "certificate", now, row.id)
    return Certificate.model_validate(row)


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
    row = await changes.annul(session, certificate_id, body, caller.subject, now, settings)
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
    row = await changes.take_measure(session, certificate_id, body, caller.subject, now, settings)
    return Certificate.model_validate(row)


@router.post("/extensions/preview", summary="What an extension would do")
async def preview(
    body: Extension, caller: Agency, session: Reading, now: Now, settings: ServiceSettings
) -> Selection:
    """Every certificate whose end lies in the window, and its new end. Nothing changes."""
    found = await changes.preview(session, body, now, settings)
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
    found = await changes.extend(session, body, body.count, caller.subject, now, settings)
    return Selection(count=len(found), certificates=found)
