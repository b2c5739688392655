"""Documents: duplicates, not-passed statements, the centres' signature blocks."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.access.dependencies import Command, Disclosures, Office, ServiceSettings
from services.certificates.access.policy import check_issued_by_centre
from services.certificates.certificate import queries
from services.certificates.certificate.dependencies import PathApplicationId, PathCertificateId
from services.certificates.certificate.models import Certificate, Duplicate
from services.certificates.documents import operations, pdf, signature_block
from services.certificates.documents.marks import choose_mark
from services.certificates.documents.schemas import (
    MAX_DUPLICATES,
    DuplicateAnswer,
    DuplicateRequest,
    SignatureBlockAnswer,
    SignatureBlockRequest,
    StatementAnswer,
    StatementVersion,
)
from services.certificates.settings import DUPLICATE_LIMIT, CertificatesSettings
from shared.clock import civil_date
from shared.errors import Forbidden, NotFound
from shared.paging import WholeList
from shared.principal import Principal, Scope
from shared.typesetting.pdf import MEDIA_TYPE
from shared.web.conditional import etag
from shared.web.contents import describe_file, omit_headers
from shared.web.dependencies import ExpectedVersion, Now, ReadOnlyTransaction
from shared.web.guards import Allow
from shared.web.once import OnceRoute
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1", tags=["documents"], route_class=OnceRoute)
CentreNumber = Annotated[
    str,
    Path(
        min_length=1,
        max_length=50,
        description="the centre's number in the register of centres",
        examples=["78.041"],
    ),
]


QueryStatementVersion = Annotated[
    StatementVersion | None,
    Query(description="which of the application's statements; the latest without it"),
]


async def _get_own_certificate(
    session: AsyncSession, caller: Principal, certificate_id: UUID
) -> Certificate:
    """The certificate, if the caller may see it. Raises `NotFound`."""
    row = await queries.get_certificate(session, certificate_id)
    check_issued_by_centre(caller, row)
    return row


@router.post(
    "/certificates/{certificate_id}/duplicates",
    status_code=201,
    summary="Issue a duplicate",
    responses={201: omit_headers("Location"), **problem_responses(404, 409)},
)
async def issue_duplicate(
    certificate_id: PathCertificateId, body: DuplicateRequest, caller: Office, command: Command
) -> DuplicateAnswer:
    """On the holder's own application, within the law's limit (order 725n, items 17-20)."""
    certificate = await _get_own_certificate(command.session, caller, certificate_id)
    row = await operations.issue_duplicate(command.by(caller), certificate_id, body)
    return _answer_duplicate(row, certificate, command.settings)


@router.get(
    "/certificates/{certificate_id}/duplicates",
    summary="Its duplicates",
    responses=problem_responses(404),
)
async def list_duplicates(
    certificate_id: PathCertificateId,
    caller: Office,
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
    settings: ServiceSettings,
) -> WholeList[DuplicateAnswer]:
    """All duplicates of the certificate, in the order of their ordinals."""
    certificate = await _get_own_certificate(session, caller, certificate_id)
    await disclosures.record(caller, "duplicates", certificate_id)
    rows = (await queries.list_duplicates(session, [certificate_id]))[certificate_id]
    return WholeList(items=[_answer_duplicate(row, certificate, settings) for row in rows])


def _answer_duplicate(
    row: Duplicate, certificate: Certificate, settings: CertificatesSettings
) -> DuplicateAnswer:
    council = certificate.qualification.council
    due_on = settings.find_last_day(DUPLICATE_LIMIT, row.applied_on, council)
    return DuplicateAnswer.model_validate({**row.model_dump(), "due_on": due_on})


@router.get(
    "/certificates/{certificate_id}/document.pdf",
    summary="The certificate as it is printed",
    response_class=Response,
    responses={200: describe_file(MEDIA_TYPE, is_stored=False), **problem_responses(404)},
)
async def get_certificate_document(
    certificate_id: PathCertificateId,
    caller: Office,
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
    settings: ServiceSettings,
    now: Now,
    duplicate: Annotated[
        int | None,
        Query(ge=1, le=MAX_DUPLICATES, description="which duplicate, by its ordinal from 1"),
    ] = None,
) -> Response:
    """A4 with its annex; the same bytes while it stands as it does.

    `duplicate=2` prints the second duplicate. Once it is annulled, withdrawn, suspended or expired,
    each sheet says so, from which day and on what basis; so it does where its end was moved, or its
    holder has a newer one.
    """
    row = await _get_own_certificate(session, caller, certificate_id)
    edition = None
    if duplicate is not None:
        edition = await _get_duplicate(session, certificate_id, duplicate)
    await disclosures.record(caller, "document", certificate_id)
    changes = (await queries.list_changes(session, [certificate_id]))[certificate_id]
    mark = choose_mark(row, changes, civil_date(now, settings.time_zone), settings)
    content = await to_thread.run_sync(pdf.render_certificate, row, edition, mark, settings)
    return _pdf_response(content, f"{row.number}-{edition.ordinal}" if edition else row.number)


async def _get_duplicate(session: AsyncSession, certificate_id: UUID, ordinal: int) -> Duplicate:
    """The certificate's duplicate with this ordinal. Raises `NotFound`."""
    duplicates = (await queries.list_duplicates(session, [certificate_id]))[certificate_id]
    for duplicate in duplicates:
        if duplicate.ordinal == ordinal:
            return duplicate
    raise NotFound(
        "duplicate.unknown", f"It has {len(duplicates)} duplicates.", field="#query/duplicate"
    )


@router.get(
    "/statements/{application_id}/document.pdf",
    summary="The not-passed statement as it is printed",
    response_class=Response,
    responses={200: describe_file(MEDIA_TYPE, is_stored=False), **problem_responses(404)},
)
async def get_statement_document(
    application_id: PathApplicationId,
    caller: Office,
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
    settings: ServiceSettings,
    version: QueryStatementVersion = None,
) -> Response:
    """A4; the same bytes each time. 404 after it was revoked, or its names were erased."""
    row = await queries.get_statement(session, application_id, version)
    check_issued_by_centre(caller, row)
    if row.revoked_on is not None:
        raise NotFound(
            "statement.revoked",
            f"It was revoked on {row.revoked_on}, and is not printed any more.",
            values={"day": row.revoked_on},
        )
    if row.holder is None:
        raise NotFound("statement.erased", f"Its names were erased after {row.kept_until}.")
    await disclosures.record(caller, f"statement {application_id}")
    content = await to_thread.run_sync(pdf.render_statement, row, settings)
    return _pdf_response(content, row.number)


def _pdf_response(content: bytes, name: str) -> Response:
    quoted_name = quote(name, safe="")
    return Response(
        content,
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f"inline; filename*=UTF-8''{quoted_name}.pdf",
            "Cache-Control": "private, no-store",
        },
    )


@router.get(
    "/statements/{application_id}",
    summary="A not-passed statement",
    responses=problem_responses(404),
)
async def get_statement(
    application_id: PathApplicationId,
    caller: Office,
    session: ReadOnlyTransaction,
    disclosures: Disclosures,
    version: QueryStatementVersion = None,
) -> StatementAnswer:
    """The statement with its candidate and everything else that it prints."""
    row = await queries.get_statement(session, application_id, version)
    check_issued_by_centre(caller, row)
    await disclosures.record(caller, f"statement {application_id}")
    return StatementAnswer.model_validate(row)


@router.put("/centres/{number}", summary="What a centre's signature block prints")
async def keep_signature_block(
    number: CentreNumber,
    body: SignatureBlockRequest,
    caller: Annotated[Principal, Depends(Allow(Scope.PROCESS))],
    expected_revision: ExpectedVersion,
    command: Command,
    response: Response,
) -> SignatureBlockAnswer:
    """Used for documents issued from now on; those issued before keep theirs."""
    if caller.centre != number:
        raise Forbidden("centre.other", "Only the centre itself says who signs for it.")
    context = command.by(caller, expected_revision)
    row = await signature_block.keep_signature_block(context, number, body)
    response.headers["ETag"] = etag(row.revision)
    return SignatureBlockAnswer.model_validate(row)
