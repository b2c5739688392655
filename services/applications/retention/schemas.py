"""Answers about erasure."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from services.applications.application.schemas import RowAnswer
from services.applications.application.values import MOST_ROUNDS, ActNumber, ApplicationId
from shared.schemas import Count, is_none

ObjectKey = Annotated[
    str,
    Field(
        max_length=1_024,
        description="key of the file in the store",
        examples=["0b9f2c52-6f0e-4a77-9a53-1f1f6f3f8c11/9f86d081"],
    ),
]
TableName = Annotated[
    str,
    Field(pattern=r"^[a-z_]{1,63}$", description="name of the table", examples=["application"]),
]
ColumnName = Annotated[str, Field(pattern=r"^[a-z_]{1,63}$")]
RemainderName = Annotated[str, Field(max_length=100)]
ErasedAt = Annotated[datetime, Field(description="instant of the erasure")]


class DeletedFile(BaseModel):
    """A line of the log: a file that was deleted from the store, by its key there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    object: ObjectKey
    result: Literal["deleted"] = Field(default="deleted", description="what became of the file")
    at: ErasedAt


class ErasedRows(BaseModel):
    """A line of the log: rows of a table that were deleted, or whose personal columns were emptied.

    `columns` names them where the table keeps the row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: TableName
    columns: tuple[ColumnName, ...] | None = Field(
        default=None,
        max_length=100,
        exclude_if=is_none,
        description="the columns that were emptied; absent where the rows were deleted",
        examples=[["family_name", "given_name"]],
    )
    rows: Count = Field(description="how many rows it were", examples=[1])
    at: ErasedAt


LogEntry: TypeAlias = DeletedFile | ErasedRows


class ErasureActAnswer(RowAnswer):
    """The act of erasure, with the extract of the log, and what remains today: nothing."""

    application_id: ApplicationId
    act_number: ActNumber
    erased_at: ErasedAt
    basis: str = Field(
        max_length=300,
        description="basis of the erasure",
        examples=["kept until 2031-03-31"],
    )
    log: tuple[LogEntry, ...] = Field(
        max_length=MOST_ROUNDS * 10, description="what was erased, file by file, table by table"
    )
    remaining_counts: dict[RemainderName, Count] = Field(
        max_length=100,
        description="personal columns and rows that remain, counted now, by table",
        examples=[{"application columns": 0, "document": 0}],
    )
    remaining_files: list[ObjectKey] = Field(
        max_length=MOST_ROUNDS * 10,
        description="keys of the files that remain in the store, listed now",
        examples=[[]],
    )
