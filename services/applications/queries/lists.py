"""Lists of applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.lifecycle.status import Status
from services.applications.models import Application, QualificationVersion, TimeLimit
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

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions of a query."""
        asked = (
            (Application.status, self.status),
            (Application.qualification_id, self.qualification_id),
            (Application.centre_number, self.centre),
            (Application.council, self.council),
            (Application.employer_number, self.employer),
            (Application.applicant_subject, self.applicant),
        )
        return [col(column) == wanted for column, wanted in asked if wanted is not None]


async def applications(
    session: AsyncSession, wanted: Filter, cursor: str | None, limit: int
) -> tuple[Sequence[Application], str | None]:
    """A page, the longest waiting first, and the cursor of the next one."""
    order = (col(Application.submitted_at), col(Application.id))
    query = select(Application).where(*wanted.conditions()).order_by(*order)
    if cursor is not None:
        query = query.where(tuple_(*order) > tuple_(*paging.decode(cursor, AwareDatetime, UUID)))
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    return page, paging.encode(page[-1].submitted_at, page[-1].id) if len(rows) > limit else None


async def queue(
    session: AsyncSession, wanted: Filter, part: str | None, limit: int
) -> list[tuple[Application, TimeLimit | None]]:
    """Applications that are not over, each with its nearest limit; the nearest last day first.

    `part` restricts to the limits that the centre or the council answers for.
    """
    nearest = (
        select(TimeLimit)
        .where(
            TimeLimit.application_id == Application.id,
            col(TimeLimit.ended_on).is_(None),
            col(TimeLimit.cancelled).is_(False),
        )
        .order_by(col(TimeLimit.due_on), col(TimeLimit.id))
        .limit(1)
        .correlate(Application)
    )
    if part is not None:
        nearest = nearest.where(TimeLimit.answers == part)
    limits = nearest.lateral()
    pressing = aliased(TimeLimit, limits)
    query = (
        select(Application, pressing)
        .outerjoin(limits, true())
        .where(
            *wanted.conditions(),
            col(Application.closed_on).is_(None),
            Application.status != Status.DRAFT,
        )
        .order_by(
            limits.c.due_on.asc().nulls_last(), col(Application.submitted_at), col(Application.id)
        )
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.exec(query)).all()]


async def qualification_names(
    session: AsyncSession, of: Sequence[Application]
) -> dict[tuple[UUID, int], str]:
    """The names of the qualifications that these are for, by id and version."""
    wanted = {(row.qualification_id, row.qualification_version) for row in of}
    key = tuple_(col(QualificationVersion.id), col(QualificationVersion.version))
    query = select(QualificationVersion).where(key.in_(wanted))
    rows = (await session.exec(query)).all()
    return {(row.id, row.version): row.payload["qualification"]["name"] for row in rows}
