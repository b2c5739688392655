"""A council's table in two steps: a dry run that changes nothing, then its rows as drafts.

What a publisher completes needs a reason, which is kept with the draft; what the table says is
never replaced in silence.
"""

import hashlib
import json
from collections import Counter
from uuid import UUID

from pydantic import ValidationError

from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.reading.read_table import CandidateQualification, TableReport
from services.catalog.imports.models import TableImport
from services.catalog.imports.queries import lock_import
from services.catalog.imports.schemas import (
    AppliedRowAnswer,
    ApplyRowsRequest,
    RowToApply,
    SeverityCounts,
)
from services.catalog.procedure.drafting import create_draft, create_version, draft_identity
from services.catalog.qualification.differences import find_differences
from services.catalog.qualification.form import FormContent, QualificationDraft
from services.catalog.qualification.queries import find_twin, list_versions
from services.catalog.qualification.status import Change, Status
from services.catalog.settings import CatalogSettings
from shared.context import CommandContext
from shared.errors import DomainError, RuleViolation
from shared.locale.field_errors import describe_row_errors, plain_translator

_REASON_COLUMNS = {
    "further_standards": "occupational_standard",
    "requirements_text": "requirements",
}
"""Under which column of the form a member's reason is told, where not under its own name."""


async def record_import(
    context: CommandContext[CatalogSettings], file_name: str, content: bytes, report: TableReport
) -> UUID:
    """Stores an uploaded table with the report of its reading, and returns the import's id."""
    counts = Counter(finding.severity.value for finding in report.findings)
    table = TableImport(
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        row_count=len(report.candidates),
        counts=SeverityCounts(**counts),
        report=report,
        outcomes=(),
        created_at=context.now,
    )
    context.session.add(table)
    await context.session.flush()
    return table.id


async def apply_import_rows(
    context: CommandContext[CatalogSettings], import_id: UUID, body: ApplyRowsRequest
) -> None:
    """Makes drafts of the rows, all or none; a row that was applied before keeps its outcome.

    Raises `NotFound`, and `RuleViolation`, `Conflict` or `AlreadyExists` with a pointer into the
    request's rows.
    """
    table = await lock_import(context.session, import_id)
    candidates = {candidate.row: candidate for candidate in table.report.candidates}
    outcomes = {outcome.row: outcome for outcome in table.outcomes}
    for index, row_to_apply in enumerate(body.rows):
        if row_to_apply.row in outcomes:
            continue
        try:
            outcome = await _apply_row(context, candidates.get(row_to_apply.row), row_to_apply)
        except DomainError as error:
            error.field = f"/rows/{index}{_pointer_below(error.field)}"
            error.extra.setdefault("row", row_to_apply.row)
            raise
        outcomes[row_to_apply.row] = outcome
    table.outcomes = tuple(outcomes[row] for row in sorted(outcomes))
    table.revision += 1
    await context.session.flush()


async def _apply_row(
    context: CommandContext[CatalogSettings],
    candidate: CandidateQualification | None,
    row_to_apply: RowToApply,
) -> AppliedRowAnswer:
    """Drafts a new qualification from a row, or revises the one of the same identity.

    `candidate` is None where the table has no such row. Raises `RuleViolation`, `Conflict`.
    """
    if candidate is None:
        raise RuleViolation(
            "import.row",
            f"The table has no qualification in row {row_to_apply.row}.",
            field="/row",
            values={"row": row_to_apply.row},
        )
    draft = _complete_draft(candidate, row_to_apply)
    existing_id = await find_twin(context.session, draft_identity(draft), UUID(int=0))
    if existing_id is not None:
        return await _revise_qualification(context, existing_id, draft, row_to_apply)
    version_id = await create_draft(context, draft)
    return AppliedRowAnswer(
        row=row_to_apply.row,
        outcome="drafted",
        id=version_id.qualification_id,
        version=version_id.number,
    )


async def _revise_qualification(
    context: CommandContext[CatalogSettings],
    qualification_id: UUID,
    draft: QualificationDraft,
    row_to_apply: RowToApply,
) -> AppliedRowAnswer:
    """Drafts a new version of a qualification that is there already, unless nothing differs.

    A table that prints no registry number says nothing against the one that was given since.
    Raises `RuleViolation`, `Conflict`.
    """
    remaining_versions = [
        dated_version.row
        for dated_version in await list_versions(context.session, qualification_id)
        if dated_version.row.status is not Status.DISCARDED
    ]
    if remaining_versions and draft.registry_number is None:
        draft = _keep_registry_number(draft, remaining_versions[-1].content)
    if remaining_versions and not find_differences(
        remaining_versions[-1].content.to_json(), draft.to_json()
    ):
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
    new_version = await create_version(
        context, qualification_id, draft, change, row_to_apply.change_reason
    )
    return AppliedRowAnswer(
        row=row_to_apply.row,
        outcome="revised",
        id=qualification_id,
        version=new_version.row.version,
    )


def _keep_registry_number(draft: QualificationDraft, content: FormContent) -> QualificationDraft:
    """The draft with the registry number of the content before it, and with what was said of it."""
    reasons = [row for row in content.completed_by_publisher if row.column == "registry_number"]
    kept_members = {
        "registry_number": content.registry_number,
        "completed_by_publisher": [*draft.completed_by_publisher, *reasons],
    }
    return draft.model_copy(update=kept_members)


def _complete_draft(
    candidate: CandidateQualification, row_to_apply: RowToApply
) -> QualificationDraft:
    """The row's draft with what the publisher completes.

    Raises `RuleViolation` for an error of the reading that nothing settles, for a missing reason,
    and for a draft that is still not valid.
    """
    _check_reasons(row_to_apply)
    _check_errors_settled(candidate, row_to_apply)
    reasons = [completion.model_dump() for completion in row_to_apply.completed_by_publisher]
    read_members = candidate.draft.model_dump(mode="json", exclude_none=True)
    completed_draft = {
        **read_members,
        **row_to_apply.complete,
        "completed_by_publisher": [*read_members["completed_by_publisher"], *reasons],
    }
    try:
        return QualificationDraft.model_validate_json(json.dumps(completed_draft))
    except ValidationError as error:
        first_error = describe_row_errors(plain_translator(), error)[0]
        place = first_error.pointer.lstrip("/") or "as a whole"
        raise RuleViolation(
            "import.incomplete",
            f"With what was completed, the row is not yet a draft: {place}: {first_error.detail}",
            field=f"/complete{first_error.pointer}",
        ) from None


def _check_errors_settled(candidate: CandidateQualification, row_to_apply: RowToApply) -> None:
    """Raises `RuleViolation` for errors of the reading that no value of the publisher settles."""
    settled_columns = _settled_columns(row_to_apply)
    rules = sorted(
        {
            finding.rule
            for finding in candidate.findings
            if finding.severity is Severity.ERROR and finding.column_name not in settled_columns
        }
    )
    if rules:
        raise RuleViolation(
            "import.unresolved",
            "The row has errors that a person must resolve: complete their columns with the right "
            f"values and reasons. Unresolved: {', '.join(rules)}.",
            field="/complete",
            extra={"unresolved": rules},
        )


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
