"""The queue of the desk."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.applications.application.models import Application, QualificationVersion
from services.applications.application.queries import ApplicationFilter
from services.applications.application.status import Status
from services.applications.limits.models import TimeLimit
from services.applications.limits.queries import IS_RUNNING


async def list_queue(
    session: AsyncSession,
    application_filter: ApplicationFilter,
    responsible: str | None,
    limit: int,
) -> list[tuple[Application, TimeLimit | None]]:
    """Applications that are not closed, each with its nearest limit; the nearest last day first.

    `responsible` restricts the limits to those that the centre or the council must meet.
    """
    nearest_limits = _select_nearest_limit(responsible).lateral()
    pressing_limit = aliased(TimeLimit, nearest_limits)
    query = (
        select(Application, pressing_limit)
        .outerjoin(nearest_limits, true())
        .where(
            *application_filter.build_conditions(),
            col(Application.closed_on).is_(None),
            Application.status != Status.DRAFT,
        )
        .order_by(
            nearest_limits.c.due_on.asc().nulls_last(),
            col(Application.submitted_at),
            col(Application.id),
        )
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.exec(query)).all()]


def _select_nearest_limit(responsible: str | None) -> SelectOfScalar[TimeLimit]:
    """The running limit of each application whose last day is nearest, as a correlated query."""
    query = select(TimeLimit).where(TimeLimit.application_id == Application.id, IS_RUNNING)
    if responsible is not None:
        query = query.where(TimeLimit.responsible == responsible)
    return query.order_by(col(TimeLimit.due_on), col(TimeLimit.id)).limit(1).correlate(Application)


async def get_qualification_names(
    session: AsyncSession, applications: Sequence[Application]
) -> dict[tuple[UUID, int], str]:
    """The names of the applications' qualifications, by id and version."""
    version_keys = {(row.qualification_id, row.qualification_version) for row in applications}
    key_columns = tuple_(col(QualificationVersion.id), col(QualificationVersion.version))
    query = select(QualificationVersion).where(key_columns.in_(version_keys))
    rows = (await session.exec(query)).all()
    return {(row.id, row.version): row.payload.qualification.name for row in rows}
