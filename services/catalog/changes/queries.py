"""The change feed."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.models import CatalogChange, FeedHead
from services.catalog.qualification.models import QualificationVersion
from services.catalog.qualification.queries import Row, Standing, selected


async def changes(
    session: AsyncSession, after: int, limit: int
) -> Sequence[tuple[CatalogChange, Standing]]:
    """The changes after a position, oldest first, each with the version that it is about."""
    query = (
        selected()
        .join(
            CatalogChange,
            (col(CatalogChange.qualification_id) == QualificationVersion.qualification_id)
            & (col(CatalogChange.version) == QualificationVersion.version),
        )
        .add_columns(CatalogChange)
        .where(col(CatalogChange.position) > after)
        .order_by(col(CatalogChange.position))
        .limit(limit)
    )
    rows = (await session.exec(query)).all()
    return [(row[3], Standing.of(_row(row))) for row in rows]


async def head(session: AsyncSession) -> int:
    """The last position; 0 before the first change."""
    return (await session.exec(select(FeedHead.position))).one()


def _row(row: tuple[object, ...]) -> Row:
    version, qualification, following = row[:3]
    return version, qualification, following  # type: ignore[return-value]
