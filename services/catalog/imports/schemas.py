"""Imported tables: the reports of their reading, the rows to apply, and the outcomes."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.catalog.council_table.grammar.candidate import CandidateDraft
from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.reading.read_table import CandidateQualification
from services.catalog.qualification.columns import Reason, VersionNumber
from services.catalog.qualification.form import Completion, QualificationDraft
from services.catalog.qualification.schemas import QualificationId
from shared.schemas import MAX_INTEGER, Count, RequestBody, RuleCode, Sentences

MAX_ROWS = 5_000
"""Of one table: `TableLimits.rows`."""
MAX_FINDINGS = 60_000
"""Of one table: one for each of its cells, `TableLimits.cells`."""
MAX_CELL_CHARACTERS = 20_000

RowNumber = Annotated[
    int,
    Field(ge=1, le=MAX_INTEGER, description="number of a qualification in the table", examples=[1]),
]
CellText = Annotated[str, Field(json_schema_extra={"maxLength": MAX_CELL_CHARACTERS})]
DraftMember = Annotated[str, Field(max_length=60, examples=["validity_term"])]
Outcome = Literal["drafted", "revised", "unchanged"]

_REQUIRED_MEMBERS = tuple(
    name for name, field in QualificationDraft.model_fields.items() if field.is_required()
)


class FindingAnswer(BaseModel):
    """One fact about a table: its place, its rule, its severity, and its message."""

    model_config = ConfigDict(from_attributes=True)

    severity: Severity = Field(
        description="error: a person must decide before it can be applied; warning: a person"
        " should know; repair, assumption: read otherwise than printed"
    )
    rule: RuleCode = Field(description="kind of finding; stable", examples=["term.missing"])
    row: RowNumber | None = Field(
        description="qualification that it is about; null: the whole table"
    )
    column: int | None = Field(
        ge=1, le=11, description="column of the form; null: more than one, or none", examples=[10]
    )
    column_name: str | None = Field(
        max_length=60, description="name of that column", examples=["validity_term"]
    )
    message_ru: Sentences = Field(
        description="the finding in Russian", examples=["Срок действия не указан"]
    )
    message_en: Sentences = Field(
        description="the finding in English", examples=["There is no validity term"]
    )
    before: CellText | None = Field(
        description="text as printed; null where it is about no text", examples=["3 года"]
    )
    after: CellText | None = Field(
        description="text as read; null where it is about no text", examples=["P3Y"]
    )


class CandidateAnswer(BaseModel):
    """A qualification that the table proposes."""

    row: RowNumber = Field(description="its number in the table, from 1")
    applicable: bool = Field(description="whether nothing about it is an error")
    draft: CandidateDraft = Field(
        description="members of a draft, null where nothing could be read"
    )
    missing: list[DraftMember] = Field(
        max_length=20, description="members to complete before it can be applied"
    )
    source: list[Annotated[CellText, Field(examples=["Оператор контактного центра"])]] = Field(
        max_length=11, description="eleven cells of the form as printed"
    )
    origins: list[Annotated[str, Field(max_length=30, examples=["1:7"])]] = Field(
        max_length=MAX_ROWS,
        description="rows of the file that they come from: page or sheet and line, or line alone",
    )
    findings: list[FindingAnswer] = Field(
        json_schema_extra={"maxItems": MAX_FINDINGS},
        description="what is to be known about it, in reading order",
    )

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

    error: Count = Field(default=0, description="findings that a person must decide")
    warning: Count = Field(default=0, description="findings that a person should know")
    repair: Count = Field(default=0, description="texts read otherwise than printed")
    assumption: Count = Field(default=0, description="texts read in one of several senses")


class AppliedRowAnswer(BaseModel, frozen=True):
    """The outcome of applying a row."""

    row: RowNumber
    outcome: Outcome = Field(
        description="drafted: a new qualification; revised: a new version; unchanged: the same"
    )
    id: QualificationId
    version: VersionNumber


class ImportSummaryAnswer(BaseModel):
    """An imported table as an item of a list."""

    id: UUID = Field(description="id of the import")
    file_name: str = Field(
        max_length=150, description="name of the file as it came", examples=["perechen.docx"]
    )
    sha256: str = Field(
        min_length=64,
        max_length=64,
        description="digest of the file, in hexadecimal digits",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    size: Count = Field(description="size of the file, in bytes", examples=[48_213])
    created_at: datetime = Field(description="when it was uploaded")
    rows: Count = Field(description="qualifications that it proposes")
    counts: SeverityCounts = Field(description="findings by severity")
    applied_rows: Count = Field(description="rows that were applied")


class TableImportAnswer(ImportSummaryAnswer):
    """The whole report of a dry run, and the outcomes of the rows applied since."""

    table_findings: list[FindingAnswer] = Field(
        json_schema_extra={"maxItems": MAX_FINDINGS}, description="findings about the whole table"
    )
    candidates: list[CandidateAnswer] = Field(
        max_length=MAX_ROWS, description="qualifications that it proposes, row by row"
    )
    outcomes: list[AppliedRowAnswer] = Field(
        max_length=MAX_ROWS, description="rows that were applied, in their order"
    )


class RowToApply(RequestBody):
    """One row to apply, with what its publisher completes or corrects in it, and why.

    Nothing is filled silently: each completed member needs a reason.
    """

    row: RowNumber
    complete: dict[str, JsonValue] = Field(
        default_factory=dict,
        max_length=20,
        description="members of the draft that are completed or corrected, by name",
        examples=[{"validity_term": "P3Y"}],
    )
    completed_by_publisher: list[Completion] = Field(
        default_factory=list, max_length=20, description="why each of them is"
    )
    change: Literal["editorial", "substantive"] | None = Field(
        default=None,
        description="kind of change, where the table changes a published qualification",
    )
    change_reason: Reason | None = Field(default=None, description="why it is changed")


class ApplyRowsRequest(RequestBody):
    """The rows to apply, all or none."""

    rows: list[RowToApply] = Field(
        min_length=1, max_length=500, description="rows to apply, each once"
    )

    @model_validator(mode="after")
    def _check_rows_unique(self) -> Self:
        """Raises `ValueError` for a row that is asked for twice."""
        if len({row.row for row in self.rows}) < len(self.rows):
            raise PydanticCustomError("import.repeated_row", "each row may stand once")
        return self
