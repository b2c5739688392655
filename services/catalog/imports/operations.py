"""A council's table in two steps: a dry run that changes nothing, then its rows as drafts.

What a publisher completes needs a reason, which is kept with the draft; what the table says is
never replaced in silence.
"""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.reading.read_table import CandidateQualification, TableReport
from services.catalog.imports import queries
from services.catalog.imports.models import TableImport
from services.catalog.imports.schemas import AppliedRowAnswer, ApplyRowsRequest, RowToApply
from services.catalog.procedure import drafting
from services.catalog.qualification import queries as qualification_queries
from services.catalog.qualification.differences import find_differences
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.status import Change, Status
from shared.errors import DomainError, RuleViolation

_REASON_COLUMNS = {
    "further_standards": "occupational_standard",
    "requirements_text": "requirements",
}
"""Under which column of the form a member's reason is told, where not under its own name."""


async def record_import(
    session: AsyncSession, file_name: str, content: bytes, report: TableReport, now: datetime
) -> UUID:
    """Stores an uploaded table with the report of its reading, and returns the import's id."""
    table = TableImport(
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        report=_report_json(report),
        outcomes={},
        created_at=now,
    )
    session.add(table)
    await session.flush()
    return table.id


async def apply_import_rows(
    session: AsyncSession, import_id: UUID, request: ApplyRowsRequest, now: datetime
) -> None:
    """Makes drafts of the rows, all or none; a row that was applied before keeps its outcome.

    Raises `NotFound`, and `RuleViolation`, `Conflict` or `AlreadyExists` with a pointer into the
    request's rows.
    """
    table = await queries.lock_import(session, import_id)
    candidates = {candidate["row"]: candidate for candidate in table.report["candidates"]}
    outcomes = dict(table.outcomes)
    for index, row_to_apply in enumerate(request.rows):
        if str(row_to_apply.row) in outcomes:
            continue
        try:
            outcome = await _apply_row(session, candidates.get(row_to_apply.row), row_to_apply, now)
        except DomainError as error:
            error.field = f"/rows/{index}{_pointer_below(error.field)}"
            error.extra.setdefault("row", row_to_apply.row)
            raise
        outcomes[str(row_to_apply.row)] = outcome.model_dump(mode="json")
    table.outcomes = outcomes
    table.revision += 1
    await session.flush()


async def _apply_row(
    session: AsyncSession, candidate: dict[str, Any] | None, row_to_apply: RowToApply, now: datetime
) -> AppliedRowAnswer:
    """Drafts a new qualification from a row, or revises the one of the same identity.

    `candidate` is None where the table has no such row. Raises `RuleViolation`, `Conflict`.
    """
    if candidate is None:
        raise RuleViolation(
            "import.row", f"The table has no qualification in row {row_to_apply.row}.", field="/row"
        )
    draft = _complete_draft(candidate, row_to_apply)
    existing_id = await qualification_queries.find_twin(
        session, drafting.draft_identity(draft), UUID(int=0)
    )
    if existing_id is None:
        new_id = await drafting.create_draft(session, draft, now)
        return AppliedRowAnswer(row=row_to_apply.row, outcome="drafted", id=new_id, version=1)
    return await _revise_qualification(session, existing_id, draft, row_to_apply, now)


async def _revise_qualification(
    session: AsyncSession,
    qualification_id: UUID,
    draft: QualificationDraft,
    row_to_apply: RowToApply,
    now: datetime,
) -> AppliedRowAnswer:
    """Drafts a new version of a qualification that is there already, unless nothing differs.

    Raises `RuleViolation`, `Conflict`.
    """
    remaining_versions = [
        dated_version.row
        for dated_version in await qualification_queries.list_versions(session, qualification_id)
        if dated_version.row.status is not Status.DISCARDED
    ]
    content = drafting.content_columns(draft)["content"]
    if remaining_versions and not find_differences(remaining_versions[-1].content, content):
        return AppliedRowAnswer(
            row=row_to_apply.row,
            outcome="unchanged",
            id=qualification_id,
            version=remaining_versions[-1].version,
        )
    if row_to_apply.change is None or row_to_apply.change_reason is None:
        raise RuleViolation(
            "import.change",
            "This qualification is in the catalog, and the table changes it. Say whether the "
            "change is editorial or substantive, and why.",
            field="/change",
            extra={"existing": str(qualification_id)},
        )
    change = Change(row_to_apply.change)
    new_version = await drafting.create_version(
        session, qualification_id, draft, change, row_to_apply.change_reason, now
    )
    return AppliedRowAnswer(
        row=row_to_apply.row,
        outcome="revised",
        id=qualification_id,
        version=new_version.row.version,
    )


def _complete_draft(candidate: dict[str, Any], row_to_apply: RowToApply) -> QualificationDraft:
    """The row's draft with what the publisher completes.

    Raises `RuleViolation` for an error of the reading that nothing settles, for a missing reason,
    and for a draft that is still not valid.
    """
    _check_reasons(row_to_apply)
    errors = {
        finding["rule"]
        for finding in candidate["findings"]
        if finding["severity"] == Severity.ERROR
        and finding["column_name"] not in _settled_columns(row_to_apply)
    }
    if errors:
        raise RuleViolation(
            "import.unresolved",
            "The row has errors that a person must resolve: complete their columns with the right "
            f"values and reasons. Unresolved: {', '.join(sorted(errors))}.",
            field="/complete",
            extra={"unresolved": sorted(errors)},
        )
    read_draft = candidate["draft"]
    reasons = [completion.model_dump() for completion in row_to_apply.completed_by_publisher]
    merged_draft = {
        **{member: value for member, value in read_draft.items() if value is not None},
        **row_to_apply.complete,
        "completed_by_publisher": [*read_draft.get("completed_by_publisher", []), *reasons],
    }
    try:
        return QualificationDraft.model_validate_json(json.dumps(merged_draft))
    except ValidationError as error:
        first_error = error.errors()[0]
        pointer = "/".join(str(step) for step in first_error["loc"])
        raise RuleViolation(
            "import.incomplete",
            f"With what was completed, the row is not yet a draft: {pointer or 'as a whole'}: "
            f"{first_error['msg']}.",
            field=f"/complete/{pointer}".rstrip("/"),
        ) from None


def _check_reasons(row_to_apply: RowToApply) -> None:
    """Raises `RuleViolation` for a completed member without a reason, and for an unknown member."""
    unknown_members = sorted(row_to_apply.complete.keys() - QualificationDraft.model_fields.keys())
    if unknown_members or "completed_by_publisher" in row_to_apply.complete:
        refused_members = ", ".join(unknown_members) or "that reasons are completed in"
        raise RuleViolation(
            "import.member", f"A draft has no member {refused_members}.", field="/complete"
        )
    reasons = {completion.column for completion in row_to_apply.completed_by_publisher}
    unexplained_members = sorted(
        member
        for member in row_to_apply.complete
        if _REASON_COLUMNS.get(member, member) not in reasons
    )
    if unexplained_members:
        raise RuleViolation(
            "import.reason",
            f"Say in completed_by_publisher why {', '.join(unexplained_members)} is completed.",
            field="/completed_by_publisher",
        )


def _settled_columns(row_to_apply: RowToApply) -> set[str]:
    """The names of the form's columns that the publisher's values settle."""
    settled_columns = set(row_to_apply.complete)
    if "labour_functions" in settled_columns:
        settled_columns |= {"function_codes", "function_names"}
    return settled_columns


def _pointer_below(field: str | None) -> str:
    """The pointer if it points into the body; empty for a query parameter or None."""
    return field if field and field.startswith("/") else ""


def _report_json(report: TableReport) -> dict[str, Any]:
    """The report in the JSON form in which it is stored."""
    return {
        "table_findings": [asdict(finding) for finding in report.table_findings],
        "candidates": [_candidate_json(candidate) for candidate in report.candidates],
    }


def _candidate_json(candidate: CandidateQualification) -> dict[str, Any]:
    """A candidate in the JSON form in which it is stored."""
    return {
        "row": candidate.row,
        "applicable": candidate.applicable,
        "draft": candidate.draft,
        "source": list(candidate.source),
        "origins": [str(origin) for origin in candidate.origins],
        "findings": [asdict(finding) for finding in candidate.findings],
    }
