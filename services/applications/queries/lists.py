"""Lists of applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.applications.lifecycle.status import Status
from services.applications.models import Application, TimeLimit
from shared import paging


@dataclass(frozen=True, slots=True)
class Filter:
    """Which applications a list asks for; None asks for all.

    The last four say whose they are: tenancy, from the caller's token.
    """

    status: Status | None = None
    qualification_id: UUID | None = None
    centre: str | None = None
    council: str | None = None
    employer: str | None = None
    applicant: str | None = None

    def on(self, query: SelectOfScalar[Application]) -> SelectOfScalar[Application]:
        """The query with these conditions."""
        for column, wanted in (
            (Application.status, self.status),
            (Application.qualification_id, self.qualification_id),
            (Application.centre_number, self.centre),
            (Application.council, self.council),
            (Application.employer_number, self.employer),
            (Application.applicant_subject, self.applicant),
        ):
            if wanted is not None:
                query = query.where(col(column) == wanted)
        return query


async def applications(
    session: AsyncSession, wanted: Filter, cursor: str | None, limit: int
) -> tuple[Sequence[Application], str | None]:
    """A page, the longest waiting first, and the cursor of the next one."""
    order = (col(Application.submitted_at), col(Application.id))
    query = wanted.on(select(Application)).order_by(*order)
    if cursor is not None:
        query = query.where(tuple_(*order) > tuple_(*paging.decode(cursor, AwareDatetime, UUID)))
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    return page, paging.encode(page[-1].submitted_at, page[-1].id) if len(rows) > limit else None


async def queue(
    session: AsyncSession, wanted: Filter, part: str | None, limit: int
) -> Sequence[tuple[Application, date | None]]:
    """Applications with the day by which somebody must act, the nearest first.

    `part` restricts to the limits that the centre or the council answers for.
    """
    due = select(func.min(TimeLimit.due_on)).where(
        TimeLimit.application_id == Application.id,
        col(TimeLimit.ended_on).is_(None),
        col(TimeLimit.cancelled).is_(False),
    )
    if part is not None:
        due = due.where(TimeLimit.answers == part)
    nearest = due.correlate(Application).scalar_subquery().label("due_on")
    open_ones = wanted.on(select(Application)).where(col(Application.closed_on).is_(None))
    query = open_ones.add_columns(nearest).order_by(
        nearest.asc().nulls_last(), col(Application.submitted_at), col(Application.id)
    )
    rows = await session.exec(query.limit(limit))  # type: ignore[call-overload]
    return [(row[0], row[1]) for row in rows.all()]
