"""Reads of the change feed."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.models import CatalogChange, FeedHead
from services.catalog.qualification.models import QualificationVersion
from services.catalog.qualification.queries import DatedVersion, select_versions


async def list_changes(
    session: AsyncSession, after: int, limit: int
) -> Sequence[tuple[CatalogChange, DatedVersion]]:
    """At most `limit` changes after a position, oldest first, each with the version it is about."""
    query = (
        select_versions()
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
    return [(row[3], DatedVersion.from_row((row[0], row[1], row[2]))) for row in rows]


async def get_last_position(session: AsyncSession) -> int:
    """The last position of the feed; 0 before the first change."""
    return (await session.exec(select(FeedHead.position))).one()
