"""Imported tables: the reports of their reading, the rows to apply, and the outcomes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.catalog.qualification.form import Completion, LongText
from shared.schemas import RequestBody

Outcome = Literal["drafted", "revised", "unchanged"]


class FindingAnswer(BaseModel):
    """One fact about a table: its place, its rule, its severity, and its message.

    `before` is the text as printed, `after` the text as read.
    """

    model_config = ConfigDict(from_attributes=True)

    severity: Literal["error", "warning", "repair", "assumption"]
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
    draft: dict[str, Any]
    missing: list[str]
    source: list[str]
    origins: list[str]
    findings: list[FindingAnswer]


class SeverityCounts(BaseModel):
    """How many findings there are of each severity."""

    error: int = 0
    warning: int = 0
    repair: int = 0
    assumption: int = 0


class AppliedRowAnswer(BaseModel):
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
    complete: dict[str, Any] = Field(default_factory=dict, max_length=20)
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
            raise ValueError("each row may stand once")
        return self
