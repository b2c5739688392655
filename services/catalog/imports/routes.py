"""Imports of a council's table over HTTP: the dry run, its report, the rows applied."""

from collections import Counter
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response, UploadFile

from services.catalog.council_table.grammar.limits import TableTooLarge, table_limits
from services.catalog.council_table.reading.read_table import TableReport, read_table
from services.catalog.imports import models, operations, queries
from services.catalog.imports.schemas import (
    AppliedRowAnswer,
    ApplyRowsRequest,
    CandidateAnswer,
    ImportSummaryAnswer,
    SeverityCounts,
    TableImportAnswer,
)
from services.catalog.qualification.dependencies import ServiceSettings, get_catalog_resources
from services.catalog.qualification.form import QualificationDraft
from shared.idempotency import create_once
from shared.paging import Page
from shared.principal import Scope
from shared.web.dependencies import (
    IdempotencyKey,
    Now,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
    Transaction,
)
from shared.web.guards import Allow
from shared.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/imports", tags=["imports"], dependencies=[Depends(Allow(Scope.PUBLISH))]
)

_REQUIRED_MEMBERS = tuple(
    name for name, field in QualificationDraft.model_fields.items() if field.is_required()
)


async def _read_upload(
    request: Request,
    file: UploadFile,
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


UploadedTable = Annotated[tuple[bytes, TableReport], Depends(_read_upload)]


@router.post(
    "", status_code=201, summary="Upload a table: dry run", responses=problem_responses(409)
)
async def upload_import(
    file: UploadFile,
    uploaded_table: UploadedTable,
    session: Transaction,
    now: Now,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> TableImportAnswer:
    """Reads a council's table and reports what it proposes and what is wrong with it.

    DOCX, XLSX, CSV, or text as extracted from a PDF. Nothing is changed: no draft is made before
    the report's rows are applied.
    """
    content, report = uploaded_table

    async def perform() -> UUID:
        return await operations.record_import(session, _file_name(file), content, report, now)

    import_id = await create_once(session, "import_table", idempotency_key, content, perform)
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return _import_answer(await queries.get_import(session, import_id))


@router.get("", summary="Imported tables")
async def list_imports(
    session: ReadOnlyTransaction, cursor: PageCursor = None, limit: PageLimit = 50
) -> Page[ImportSummaryAnswer]:
    """Imported tables, newest first."""
    tables, next_cursor = await queries.list_imports(session, cursor, limit)
    return Page[ImportSummaryAnswer](
        items=[ImportSummaryAnswer(**_summary_members(table)) for table in tables], next=next_cursor
    )


@router.get("/{import_id}", summary="A report", responses=problem_responses(404))
async def get_import(import_id: UUID, session: ReadOnlyTransaction) -> TableImportAnswer:
    """The dry run's report, and what was applied since."""
    return _import_answer(await queries.get_import(session, import_id))


@router.get("/{import_id}/file", summary="The file as it came", responses=problem_responses(404))
async def download_import_file(import_id: UUID, session: ReadOnlyTransaction) -> Response:
    """The uploaded file, byte for byte."""
    table = await queries.get_import_with_file(session, import_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(table.file_name)}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(table.content, media_type="application/octet-stream", headers=headers)


@router.post("/{import_id}/apply", summary="Apply rows", responses=problem_responses(404, 409))
async def apply_import_rows(
    import_id: UUID, body: ApplyRowsRequest, session: Transaction, now: Now
) -> TableImportAnswer:
    """Makes drafts of the rows, all or none.

    A row of a qualification that the catalog has becomes a new version of it, or nothing if it says
    the same. Applying a row again changes nothing and answers the same.
    """
    await operations.apply_import_rows(session, import_id, body, now)
    return _import_answer(await queries.get_import(session, import_id))


def _import_answer(table: models.TableImport) -> TableImportAnswer:
    """The whole answer about an imported table."""
    report = table.report
    candidates = [
        CandidateAnswer(**candidate, missing=_missing_members(candidate["draft"]))
        for candidate in report["candidates"]
    ]
    outcomes = table.outcomes
    return TableImportAnswer(
        **_summary_members(table),
        table_findings=report["table_findings"],
        candidates=candidates,
        outcomes=[
            AppliedRowAnswer.model_validate(outcomes[row]) for row in sorted(outcomes, key=int)
        ],
    )


def _summary_members(table: models.TableImport) -> dict[str, Any]:
    """The members of an import's summary by name, with findings counted by severity."""
    findings = [*table.report["table_findings"]]
    for candidate in table.report["candidates"]:
        findings += candidate["findings"]
    return {
        "id": table.id,
        "file_name": table.file_name,
        "sha256": table.sha256,
        "size": table.size,
        "created_at": table.created_at,
        "rows": len(table.report["candidates"]),
        "counts": SeverityCounts(**Counter(finding["severity"] for finding in findings)),
        "applied_rows": len(table.outcomes),
    }


def _missing_members(draft: dict[str, Any]) -> list[str]:
    """The members that must be completed before the draft can be applied."""
    missing_members = [name for name in _REQUIRED_MEMBERS if draft.get(name) in (None, [])]
    if any(function["name"] is None for function in draft.get("labour_functions") or ()):
        missing_members.append("labour_functions")
    return missing_members


def _file_name(file: UploadFile) -> str:
    """The file's name without folders, whichever separators it has: its last 150 characters."""
    return PurePosixPath((file.filename or "").replace("\\", "/")).name[-150:]
