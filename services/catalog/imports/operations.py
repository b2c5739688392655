"""A council's table in two steps: a dry run that changes nothing, then its rows as drafts.

What a publisher completes is told with a reason and kept with the draft; what the table says is
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
from services.catalog.council_table.reading.read_table import Candidate, TableReport
from services.catalog.imports import queries
from services.catalog.imports.models import TableImport
from services.catalog.imports.schemas import Applied, Apply, ApplyRow
from services.catalog.procedure import drafting
from services.catalog.qualification import queries as qualification_queries
from services.catalog.qualification.differences import differences
from services.catalog.qualification.form import QualificationDraft
from services.catalog.qualification.status import Change, Status
from shared.errors import DomainError, RuleViolation

_COMPLETED_BY = {
    "further_standards": "occupational_standard",
    "requirements_text": "requirements",
}
"""Under which column of the form a member's reason is told, where not under its own name."""


async def keep(
    session: AsyncSession, file_name: str, content: bytes, report: TableReport, now: datetime
) -> UUID:
    """Keeps an uploaded table with what was read in it."""
    table = TableImport(
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        report=_written(report),
        outcomes={},
        created_at=now,
    )
    session.add(table)
    await session.flush()
    return table.id


async def apply(session: AsyncSession, import_id: UUID, wanted: Apply, now: datetime) -> None:
    """Makes drafts of the rows, all or none; a row that was applied before keeps its outcome.

    Raises `NotFound`, and `RuleViolation` or `Conflict` with a pointer into the request's rows.
    """
    table = await queries.locked(session, import_id)
    candidates = {one["row"]: one for one in table.report["candidates"]}
    outcomes = dict(table.outcomes)
    for place, told in enumerate(wanted.rows):
        if str(told.row) in outcomes:
            continue
        try:
            applied = await _apply(session, candidates.get(told.row), told, now)
        except DomainError as error:
            error.field = f"/rows/{place}{_inside(error.field)}"
            error.extra.setdefault("row", told.row)
            raise
        outcomes[str(told.row)] = applied.model_dump(mode="json")
    table.outcomes = outcomes
    table.revision += 1
    await session.flush()


async def _apply(
    session: AsyncSession, candidate: dict[str, Any] | None, told: ApplyRow, now: datetime
) -> Applied:
    if candidate is None:
        raise RuleViolation(
            "import.row", f"The table has no qualification in row {told.row}.", field="/row"
        )
    draft = _completed(candidate, told)
    same = await qualification_queries.twin(session, drafting.identity(draft), UUID(int=0))
    if same is None:
        made = await drafting.create_draft(session, draft, now)
        return Applied(row=told.row, outcome="drafted", id=made, version=1)
    return await _revised(session, same, draft, told, now)


async def _revised(
    session: AsyncSession, same: UUID, draft: QualificationDraft, told: ApplyRow, now: datetime
) -> Applied:
    """The qualification is there already: nothing to do, or a new version of it."""
    found = [
        one.version
        for one in await qualification_queries.standings(session, same)
        if one.version.status is not Status.DISCARDED
    ]
    content = drafting.columns(draft)["content"]
    if found and not differences(found[-1].content, content):
        return Applied(row=told.row, outcome="unchanged", id=same, version=found[-1].version)
    if told.change is None or told.change_reason is None:
        raise RuleViolation(
            "import.change",
            "This qualification is in the catalog, and the table changes it. Say whether the "
            "change is editorial or substantive, and why.",
            field="/change",
            extra={"existing": str(same)},
        )
    change = Change(told.change)
    made = await drafting.create_version(session, same, draft, change, told.change_reason, now)
    return Applied(row=told.row, outcome="revised", id=same, version=made.version.version)


def _completed(candidate: dict[str, Any], told: ApplyRow) -> QualificationDraft:
    """The row's draft with what the publisher completes. Raises `RuleViolation`."""
    _check_reasons(told)
    errors = {
        finding["rule"]
        for finding in candidate["findings"]
        if finding["severity"] == Severity.ERROR
        and finding["column_name"] not in _members_of_columns(told)
    }
    if errors:
        raise RuleViolation(
            "import.unresolved",
            "The row has errors that a person must resolve: complete their columns with the right "
            f"values and reasons. Unresolved: {', '.join(sorted(errors))}.",
            field="/complete",
            extra={"unresolved": sorted(errors)},
        )
    read = candidate["draft"]
    reasons = [done.model_dump() for done in told.completed_by_publisher]
    merged = {
        **{member: value for member, value in read.items() if value is not None},
        **told.complete,
        "completed_by_publisher": [*read.get("completed_by_publisher", []), *reasons],
    }
    try:
        return QualificationDraft.model_validate_json(json.dumps(merged))
    except ValidationError as error:
        fault = error.errors()[0]
        pointer = "/".join(str(step) for step in fault["loc"])
        raise RuleViolation(
            "import.incomplete",
            f"With what was completed, the row is not yet a draft: {pointer or 'as a whole'}: "
            f"{fault['msg']}.",
            field=f"/complete/{pointer}".rstrip("/"),
        ) from None


def _check_reasons(told: ApplyRow) -> None:
    unknown = sorted(told.complete.keys() - QualificationDraft.model_fields.keys())
    if unknown or "completed_by_publisher" in told.complete:
        raise RuleViolation(
            "import.member",
            f"A draft has no member {', '.join(unknown) or 'that reasons are completed in'}.",
            field="/complete",
        )
    reasons = {done.column for done in told.completed_by_publisher}
    silent = sorted(
        member for member in told.complete if _COMPLETED_BY.get(member, member) not in reasons
    )
    if silent:
        raise RuleViolation(
            "import.reason",
            f"Say in completed_by_publisher why {', '.join(silent)} is completed.",
            field="/completed_by_publisher",
        )


def _members_of_columns(told: ApplyRow) -> set[str]:
    """The form's columns that the publisher's values settle."""
    settled = set(told.complete)
    if "labour_functions" in settled:
        settled |= {"function_codes", "function_names"}
    return settled


def _inside(field: str | None) -> str:
    return field if field and field.startswith("/") else ""


def _written(report: TableReport) -> dict[str, Any]:
    return {
        "table_findings": [asdict(finding) for finding in report.table_findings],
        "candidates": [_candidate(candidate) for candidate in report.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "row": candidate.row,
        "applicable": candidate.applicable,
        "draft": candidate.draft,
        "source": list(candidate.source),
        "origins": [str(origin) for origin in candidate.origins],
        "findings": [asdict(finding) for finding in candidate.findings],
    }
