"""Many rows in one request, each handled alone within the one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.errors import DomainError, FieldError


class RowOutcome(BaseModel):
    """What came of one row of a batch."""

    row: int = Field(description="counted from 1")
    outcome: Literal["done", "repeated", "refused"]
    errors: list[FieldError] = Field(default_factory=list)


Row = TypeVar("Row")


async def each_alone(
    session: AsyncSession, rows: Sequence[Row], act: Callable[[Row], Awaitable[bool]]
) -> list[RowOutcome]:
    """What came of each row: `act` says whether it changed anything. A refused one is undone."""
    outcomes = []
    for place, row in enumerate(rows, 1):
        try:
            async with session.begin_nested():
                new = await act(row)
        except DomainError as error:
            fault = FieldError(pointer=error.field or "", rule=error.rule, detail=error.detail)
            outcomes.append(RowOutcome(row=place, outcome="refused", errors=[fault]))
        else:
            outcomes.append(RowOutcome(row=place, outcome="done" if new else "repeated"))
    return outcomes
