"""Many rows in one request, each on its own. None commits."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.schemas.registry import RowOutcome
from shared.errors import DomainError
from shared.problems import FieldError

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
