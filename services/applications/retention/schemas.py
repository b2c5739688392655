"""Answers about erasure."""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.applications.application.schemas import RowAnswer
from shared.schemas import is_none


class DeletedFile(BaseModel):
    """A line of the log: a file that was deleted from the store, by its key there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    object: str
    result: Literal["deleted"] = "deleted"
    at: datetime


class ErasedRows(BaseModel):
    """A line of the log: rows of a table that were deleted, or whose personal columns were emptied.

    `columns` names them where the table keeps the row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    columns: tuple[str, ...] | None = Field(default=None, exclude_if=is_none)
    rows: int
    at: datetime


LogEntry: TypeAlias = DeletedFile | ErasedRows


class ErasureActAnswer(RowAnswer):
    """The act of erasure, with the extract of the log, and what remains today: nothing."""

    application_id: UUID
    act_number: str
    erased_at: datetime
    basis: str
    log: tuple[LogEntry, ...]
    remaining_counts: dict[str, int] = Field(description="counted now")
    remaining_files: list[str] = Field(description="found in the store now")
