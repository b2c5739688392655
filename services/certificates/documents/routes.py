"""What is printed: duplicates, not-passed statements, the centres' signature blocks."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.access import operations
from services.certificates.access.dependencies import Office, ServiceSettings
from services.certificates.access.policy import check_own
from services.certificates.certificate import queries
from services.certificates.certificate.models import Certificate as CertificateRow
from services.certificates.documents import duplicate as documents_duplicate
from services.certificates.documents import pdf, signature_block
from services.certificates.documents.schemas import (
    CentreShown,
    CentreTold,
    Duplicate,
    DuplicateAsked,
    Statement,
)
from shared.clock import add_period
from shared.errors import Forbidden, NotFound
from shared.principal import Principal, Scope
from shared.web.conditional import etag
from shared.web.dependencies import ExpectedVersion, Now, Reading, Transaction
from shared.web.guards import Allow
from shared.web.problems import responses

router = APIRouter(prefix="/v1", tags=["documents"])


async def _own(session: AsyncSession, caller: Principal, certificate_id: UUID) -> CertificateRow:
    row = await queries.certificate(session, certificate_id)
    check_own(caller, row)
    return row


@router.post(
    "/certificates/{certificate_id}/duplicates",
    status_code=201,
    summary="Issue a duplicate",
    responses=responses(404),
)
async def duplicate(
    certificate_id: UUID,
    body: DuplicateAsked,
    caller: Office,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
) -> Duplicate:
    """On the holder's own application, within the law's limit (order 725n, items 17-20)."""
    await _own(session, caller, certificate_id)
    row = await documents_duplicate.issue(
        session, certificate_id, body, caller.subject, now, settings
    )
    due_on = add_period(row.applied_on, settings.certificates_duplicate_limit)
    return Duplicate.model_validate(row).model_copy(update={"due_on": due_on})


@router.get(
    "/certificates/{certificate_id}/duplicates",
    summary="Its duplicates",
    responses=responses(404),
)
async def all_duplicates(
    request: Request, certificate_id: UUID, caller: Office, session: Reading, now: Now
) -> list[Duplicate]:
    """The first one first."""
    await _own(session, caller, certificate_id)
    await operations.note(request.app.state.database, caller, "duplicates", now, certificate_id)
    rows = (await queries.duplicates(session, [certificate_id]))[certificate_id]
    return [Duplicate.model_validate(row) for row in rows]


@router.get(
    "/certificates/{certificate_id}/document.pdf",
    summary="The certificate as it is printed",
    response_class=Response,
    responses={200: {"content": {pdf.MEDIA_TYPE: {}}}, **responses(404)},
)
async def printed(
    request: Request,
    certificate_id: UUID,
    caller: Office,
    session: Reading,
    now: Now,
    settings: ServiceSettings,
    duplicate: Annotated[int | None, Query(ge=1, description="which duplicate")] = None,
) -> Response:
    """A4 with its annex; the same bytes each time. `duplicate=2` prints the second duplicate."""
    row = await _own(session, caller, certificate_id)
    copies = (await queries.duplicates(session, [certificate_id]))[certificate_id]
    found = next((each for each in copies if each.ordinal == duplicate), None)
    if duplicate is not None and found is None:
        raise NotFound(
            "duplicate.unknown", f"It has {len(copies)} duplicates.", field="#query/duplicate"
        )
    await operations.note(request.app.state.database, caller, "document", now, certificate_id)
    content = await to_thread.run_sync(pdf.certificate_pdf, row, found, settings)
    return _file(content, row.number if found is None else f"{row.number}-{found.ordinal}")


@router.get(
    "/statements/{application_id}/document.pdf",
    summary="The not-passed statement as it is printed",
    response_class=Response,
    responses={200: {"content": {pdf.MEDIA_TYPE: {}}}, **responses(404)},
)
async def printed_statement(
    request: Request,
    application_id: UUID,
    caller: Office,
    session: Reading,
    now: Now,
    settings: ServiceSettings,
) -> Response:
    """A4; the same bytes each time. Nothing when its names were erased."""
    row = await queries.statement(session, application_id)
    check_own(caller, row)
    if row.holder is None:
        raise NotFound("statement.erased", f"Its names were erased after {row.kept_until}.")
    await operations.note(request.app.state.database, caller, f"statement {application_id}", now)
    content = await to_thread.run_sync(pdf.statement_pdf, row, settings)
    return _file(content, row.number)


def _file(content: bytes, name: str) -> Response:
    safe = quote(name, safe="")
    return Response(
        content,
        media_type=pdf.MEDIA_TYPE,
        headers={
            "Content-Disposition": f"inline; filename*=UTF-8''{safe}.pdf",
            "Cache-Control": "private, no-store",
        },
    )


@router.get(
    "/statements/{application_id}", summary="A not-passed statement", responses=responses(404)
)
async def statement(
    request: Request, application_id: UUID, caller: Office, session: Reading, now: Now
) -> Statement:
    """With everything that it prints."""
    row = await queries.statement(session, application_id)
    check_own(caller, row)
    await operations.note(request.app.state.database, caller, f"statement {application_id}", now)
    return Statement.model_validate(row)


@router.put("/centres/{number}", summary="What a centre's signature block prints")
async def keep_centre(
    number: str,
    body: CentreTold,
    caller: Annotated[Principal, Depends(Allow(Scope.PROCESS))],
    expected: ExpectedVersion,
    session: Transaction,
    response: Response,
    now: Now,
) -> CentreShown:
    """From now on; what was printed before stays as it was."""
    if caller.centre != number:
        raise Forbidden("centre.other", "Only the centre itself says who signs for it.")
    row = await signature_block.keep(session, number, body, expected, caller.subject, now)
    response.headers["ETag"] = etag(row.revision)
    return CentreShown.model_validate(row)
