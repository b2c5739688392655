"""Importing a council's table: the dry run, its report, the rows applied."""

from collections import Counter
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response, UploadFile

from services.catalog.council_table.grammar.limits import TableTooLarge, limits
from services.catalog.council_table.reading.read_table import TableReport, read_table
from services.catalog.imports import models, operations, queries
from services.catalog.imports.schemas import (
    Applied,
    Apply,
    CandidateAnswer,
    Counts,
    ImportSummary,
    TableImport,
)
from services.catalog.qualification.dependencies import ServiceSettings
from services.catalog.qualification.form import QualificationDraft
from shared.idempotency import once
from shared.paging import Page
from shared.principal import Scope
from shared.web.dependencies import Cursor, IdempotencyKey, Limit, Now, Reading, Transaction
from shared.web.guards import Allow
from shared.web.problems import responses

router = APIRouter(
    prefix="/v1/imports", tags=["imports"], dependencies=[Depends(Allow(Scope.PUBLISH))]
)

_REQUIRED = tuple(
    name for name, field in QualificationDraft.model_fields.items() if field.is_required()
)


async def _read(
    request: Request,
    file: UploadFile,
    settings: ServiceSettings,
) -> tuple[bytes, TableReport]:
    """The file and what is in it; read in a thread, before any transaction begins."""
    content = await file.read(settings.table_upload_bytes + 1)
    if len(content) > settings.table_upload_bytes:
        raise TableTooLarge(
            "table.upload_size",
            f"A file may have at most {settings.table_upload_bytes} bytes.",
            field="/file",
        )
    name = _name(file)
    reading = partial(read_table, content, name, limits(settings))
    return content, await to_thread.run_sync(reading, limiter=request.app.state.table_readers)


Read = Annotated[tuple[bytes, TableReport], Depends(_read)]


@router.post("", status_code=201, summary="Upload a table: dry run", responses=responses(409))
async def upload(
    file: UploadFile,
    read: Read,
    session: Transaction,
    now: Now,
    response: Response,
    key: IdempotencyKey = None,
) -> TableImport:
    """Reads a council's table and reports what it proposes and what is wrong with it.

    DOCX, XLSX, CSV, or text as extracted from a PDF. Nothing is changed: no draft is made before
    the report's rows are applied.
    """
    content, report = read

    async def perform() -> UUID:
        return await operations.keep(session, _name(file), content, report, now)

    import_id = await once(session, "import_table", key, content, perform)
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return _answer(await queries.one(session, import_id))


@router.get("", summary="Imported tables")
async def every(session: Reading, cursor: Cursor = None, limit: Limit = 50) -> Page[ImportSummary]:
    """The newest first."""
    found, following = await queries.page(session, cursor, limit)
    return Page[ImportSummary](
        items=[ImportSummary(**_summary(table)) for table in found], next=following
    )


@router.get("/{import_id}", summary="A report", responses=responses(404))
async def get(import_id: UUID, session: Reading) -> TableImport:
    """The dry run's report, and what was applied since."""
    return _answer(await queries.one(session, import_id))


@router.get("/{import_id}/file", summary="The file as it came", responses=responses(404))
async def download(import_id: UUID, session: Reading) -> Response:
    """Byte for byte."""
    table = await queries.with_file(session, import_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(table.file_name)}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(table.content, media_type="application/octet-stream", headers=headers)


@router.post("/{import_id}/apply", summary="Apply rows", responses=responses(404, 409))
async def apply(import_id: UUID, body: Apply, session: Transaction, now: Now) -> TableImport:
    """Makes drafts of the rows, all or none.

    A row of a qualification that the catalog has becomes a new version of it, or nothing if it says
    the same. Applying a row again changes nothing and answers the same.
    """
    await operations.apply(session, import_id, body, now)
    return _answer(await queries.one(session, import_id))


def _answer(table: models.TableImport) -> TableImport:
    report = table.report
    candidates = [
        CandidateAnswer(**candidate, missing=_missing(candidate["draft"]))
        for candidate in report["candidates"]
    ]
    outcomes = table.outcomes
    return TableImport(
        **_summary(table),
        table_findings=report["table_findings"],
        candidates=candidates,
        outcomes=[Applied.model_validate(outcomes[row]) for row in sorted(outcomes, key=int)],
    )


def _summary(table: models.TableImport) -> dict[str, Any]:
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
        "counts": Counts(**Counter(finding["severity"] for finding in findings)),
        "applied": len(table.outcomes),
    }


def _missing(draft: dict[str, Any]) -> list[str]:
    missing = [name for name in _REQUIRED if draft.get(name) in (None, [])]
    if any(function["name"] is None for function in draft.get("labour_functions") or ()):
        missing.append("labour_functions")
    return missing


def _name(file: UploadFile) -> str:
    """The file's name without folders, whoever's separators they have."""
    return PurePosixPath((file.filename or "").replace("\\", "/")).name[-150:]
