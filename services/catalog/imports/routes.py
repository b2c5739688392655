"""Imports of a council's table over HTTP: the dry run, its report, the rows applied."""

from functools import partial
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, File, Path, Request, Response, UploadFile

from services.catalog.council_table.grammar.limits import TableTooLarge, table_limits
from services.catalog.council_table.reading.read_table import TableReport, read_table
from services.catalog.imports import operations, queries
from services.catalog.imports.models import TableImport
from services.catalog.imports.schemas import (
    ApplyRowsRequest,
    CandidateAnswer,
    FindingAnswer,
    ImportSummaryAnswer,
    TableImportAnswer,
)
from services.catalog.procedure.dependencies import PUBLISHER, PublisherContext
from services.catalog.qualification.dependencies import ServiceSettings, get_catalog_resources
from shared.idempotency import create_once
from shared.paging import Page
from shared.web.contents import BINARY_TYPE, describe_file
from shared.web.dependencies import (
    IdempotencyKey,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
)
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/imports", tags=["imports"], dependencies=[Depends(PUBLISHER)])


TableFile = Annotated[
    UploadFile, File(description="council's table: DOCX, XLSX, CSV, or text out of a PDF")
]


async def _read_upload(
    request: Request,
    file: TableFile,
    settings: ServiceSettings,
) -> tuple[bytes, TableReport]:
    """The file's bytes and its report.

    It is read in a thread, before any transaction begins. Raises `UnreadableTable`,
    `TableTooLarge`.
    """
    content = await file.read(settings.table_upload_bytes + 1)
    if len(content) > settings.table_upload_bytes:
        raise TableTooLarge(
            "table.upload_size",
            f"A file may have at most {settings.table_upload_bytes} bytes.",
            field="/file",
        )
    file_name = _file_name(file)
    read_upload = partial(read_table, content, file_name, table_limits(settings))
    limiter = get_catalog_resources(request).table_readers
    return content, await to_thread.run_sync(read_upload, limiter=limiter)


ImportId = Annotated[UUID, Path(description="the import's id")]
UploadedTable = Annotated[tuple[bytes, TableReport], Depends(_read_upload)]


@router.post(
    "", status_code=201, summary="Upload a table: dry run", responses=problem_responses(409)
)
async def upload_import(
    file: TableFile,
    uploaded_table: UploadedTable,
    context: PublisherContext,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> TableImportAnswer:
    """Reads a council's table and reports what it proposes and what is wrong with it.

    DOCX, XLSX, CSV, or text as extracted from a PDF. Nothing is changed: no draft is made before
    the report's rows are applied.
    """
    content, report = uploaded_table

    async def create() -> UUID:
        return await operations.record_import(context, _file_name(file), content, report)

    import_id = await create_once(context.session, "import_table", idempotency_key, content, create)
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return _import_answer(await queries.get_import(context.session, import_id))


@router.get("", summary="Imported tables")
async def list_imports(
    session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 50
) -> Page[ImportSummaryAnswer]:
    """Imported tables, newest first."""
    tables, next_cursor = await queries.list_imports(session, cursor, limit)
    return Page[ImportSummaryAnswer](
        items=[_summary_answer(table) for table in tables], next=next_cursor
    )


@router.get("/{import_id}", summary="A report", responses=problem_responses(404))
async def get_import(import_id: ImportId, session: ReadOnlyTransaction) -> TableImportAnswer:
    """The dry run's report, and what was applied since."""
    return _import_answer(await queries.get_import(session, import_id))


@router.get(
    "/{import_id}/file",
    summary="The file as it came",
    responses={200: describe_file(BINARY_TYPE), **problem_responses(404)},
)
async def download_import_file(import_id: ImportId, session: ReadOnlyTransaction) -> Response:
    """The uploaded file, byte for byte."""
    table = await queries.get_import_with_file(session, import_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(table.file_name)}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(table.content, media_type=BINARY_TYPE, headers=headers)


@router.post("/{import_id}/apply", summary="Apply rows", responses=problem_responses(404, 409))
async def apply_import_rows(
    import_id: ImportId, body: ApplyRowsRequest, context: PublisherContext
) -> TableImportAnswer:
    """Makes drafts of the rows, all or none.

    A row of a qualification that the catalog has becomes a new version of it, or nothing if it says
    the same. Applying a row again changes nothing and answers the same.
    """
    await operations.apply_import_rows(context, import_id, body)
    return _import_answer(await queries.get_import(context.session, import_id))


def _import_answer(table: TableImport) -> TableImportAnswer:
    """The whole answer about an imported table."""
    report = table.report
    return TableImportAnswer(
        **dict(_summary_answer(table)),
        table_findings=[FindingAnswer.model_validate(finding) for finding in report.table_findings],
        candidates=[CandidateAnswer.from_candidate(candidate) for candidate in report.candidates],
        outcomes=list(table.outcomes),
    )


def _summary_answer(table: TableImport) -> ImportSummaryAnswer:
    """An import as an item of a list; its report is not read."""
    return ImportSummaryAnswer(
        id=table.id,
        file_name=table.file_name,
        sha256=table.sha256,
        size=table.size,
        created_at=table.created_at,
        rows=table.row_count,
        counts=table.counts,
        applied_rows=len(table.outcomes),
    )


def _file_name(file: UploadFile) -> str:
    """The file's name without folders, whichever separators it has: its last 150 characters."""
    return PurePosixPath((file.filename or "").replace("\\", "/")).name[-150:]
