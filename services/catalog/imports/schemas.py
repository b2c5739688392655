"""Imported tables: the reports of their reading, the rows to apply, and the outcomes."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.catalog.council_table.grammar.candidate import CandidateDraft
from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.reading.read_table import CandidateQualification
from services.catalog.qualification.form import Completion, LongText, QualificationDraft
from shared.schemas import RequestBody

Outcome = Literal["drafted", "revised", "unchanged"]

_REQUIRED_MEMBERS = tuple(
    name for name, field in QualificationDraft.model_fields.items() if field.is_required()
)


class FindingAnswer(BaseModel):
    """One fact about a table: its place, its rule, its severity, and its message.

    `before` is the text as printed, `after` the text as read.
    """

    model_config = ConfigDict(from_attributes=True)

    severity: Severity
    rule: str
    row: int | None
    column: int | None
    column_name: str | None
    message_ru: str
    message_en: str
    before: str | None
    after: str | None


class CandidateAnswer(BaseModel):
    """A qualification that the table proposes.

    `draft` has the members of a draft, None where nothing could be read; `source` the eleven cells
    as printed; `origins` the rows of the file that they come from. `missing` are the members that
    must be completed before it can be applied.
    """

    row: int
    applicable: bool
    draft: CandidateDraft
    missing: list[str]
    source: list[str]
    origins: list[str]
    findings: list[FindingAnswer]

    @classmethod
    def from_candidate(cls, candidate: CandidateQualification) -> Self:
        """The answer about a qualification that was read."""
        return cls(
            row=candidate.row,
            applicable=candidate.applicable,
            draft=candidate.draft,
            missing=list_missing_members(candidate.draft),
            source=list(candidate.source),
            origins=[str(origin) for origin in candidate.origins],
            findings=[FindingAnswer.model_validate(finding) for finding in candidate.findings],
        )


def list_missing_members(draft: CandidateDraft) -> list[str]:
    """The members that must be completed before the draft can be applied."""
    missing_members = [name for name in _REQUIRED_MEMBERS if getattr(draft, name) in (None, ())]
    if any(function.name is None for function in draft.labour_functions):
        missing_members.append("labour_functions")
    return missing_members


class SeverityCounts(BaseModel, frozen=True):
    """How many findings there are of each severity."""

    error: int = 0
    warning: int = 0
    repair: int = 0
    assumption: int = 0


class AppliedRowAnswer(BaseModel, frozen=True):
    """The outcome of applying a row; `id` is the qualification's and `version` its version."""

    row: int
    outcome: Outcome
    id: UUID
    version: int


class ImportSummaryAnswer(BaseModel):
    """An imported table as an item of a list; `size` is in bytes."""

    id: UUID
    file_name: str
    sha256: str
    size: int
    created_at: datetime
    rows: int
    counts: SeverityCounts
    applied_rows: int = Field(description="rows that were applied")


class TableImportAnswer(ImportSummaryAnswer):
    """The whole report of a dry run, and the outcomes of the rows applied since."""

    table_findings: list[FindingAnswer]
    candidates: list[CandidateAnswer]
    outcomes: list[AppliedRowAnswer]


class RowToApply(RequestBody):
    """One row to apply, with what its publisher completes or corrects in it, and why.

    `complete` has members of the draft; each needs a reason in `completed_by_publisher`: nothing is
    filled silently. `change` and its reason are needed where the qualification is published already
    and the table changes it.
    """

    row: Annotated[int, Field(ge=1)]
    complete: dict[str, JsonValue] = Field(default_factory=dict, max_length=20)
    completed_by_publisher: list[Completion] = Field(default_factory=list, max_length=20)
    change: Literal["editorial", "substantive"] | None = None
    change_reason: LongText | None = None


class ApplyRowsRequest(RequestBody):
    """The rows to apply, all or none."""

    rows: list[RowToApply] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _check_rows_unique(self) -> Self:
        """Raises `ValueError` for a row that is asked for twice."""
        if len({row.row for row in self.rows}) < len(self.rows):
            raise PydanticCustomError("import.repeated_row", "each row may stand once")
        return self
