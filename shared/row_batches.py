"""Many rows in one request, each in a savepoint of its own. None commits."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.errors import DomainError, FieldError
from shared.locale.field_errors import describe_row_refusal
from shared.locale.translator import Translator
from shared.schemas import MAX_INTEGER

MAX_ROW_ERRORS = 100


class RowOutcome(BaseModel):
    """The outcome of one row of a batch."""

    row: int = Field(ge=1, le=MAX_INTEGER, description="the row's number, counted from 1")
    outcome: Literal["done", "repeated", "refused"] = Field(
        description="whether it changed something, nothing any more, or was refused"
    )
    errors: list[FieldError] = Field(
        default_factory=list,
        max_length=MAX_ROW_ERRORS,
        description="why it was refused; empty where it was not",
        examples=[[]],
    )


BatchRow = TypeVar("BatchRow")


async def apply_rows(
    session: AsyncSession,
    rows: Sequence[BatchRow],
    apply_row: Callable[[BatchRow], Awaitable[bool]],
    t: Translator,
) -> list[RowOutcome]:
    """Applies each row in a savepoint; returns one outcome per row, in the order of the rows.

    `apply_row` returns whether the row changed anything. A row that raises a `DomainError` is
    rolled back alone and becomes the outcome `refused` with the error, in the words of `t`. Whoever
    locks something for each row locks all of it before, in one order: two batches never wait for
    each other then.
    """
    outcomes = []
    for row_number, row in enumerate(rows, 1):
        try:
            async with session.begin_nested():
                is_new = await apply_row(row)
        except DomainError as error:
            refusal = describe_row_refusal(t, error)
            outcomes.append(RowOutcome(row=row_number, outcome="refused", errors=[refusal]))
        else:
            outcomes.append(RowOutcome(row=row_number, outcome="done" if is_new else "repeated"))
    return outcomes
