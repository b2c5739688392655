"""The queue."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application, QualificationVersion
from services.applications.application.queries import Filter
from services.applications.application.status import Status
from services.applications.limits.models import TimeLimit


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
