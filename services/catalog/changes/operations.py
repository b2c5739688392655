"""Writes to the change feed."""

from sqlmodel import col, update

from services.catalog.changes.models import CatalogChange, CatalogChangeKind, FeedHead
from services.catalog.qualification.models import QualificationVersion
from services.catalog.settings import CatalogSettings
from shared.context import CommandContext
from shared.db import execute


async def append_change(
    context: CommandContext[CatalogSettings],
    kind: CatalogChangeKind,
    version: QualificationVersion,
) -> None:
    """Appends a change to the feed at the next position.

    The head's row stays locked until the transaction ends, so positions follow the order of the
    commits and a rolled back one leaves no gap. Publications are rare; that they wait for one
    another costs nothing. Call it last, so that the lock is held shortly.
    """
    advance_head = update(FeedHead).values(position=FeedHead.position + 1)
    advanced_head = await execute(context.session, advance_head.returning(col(FeedHead.position)))
    context.session.add(
        CatalogChange(
            position=advanced_head.scalar_one(),
            kind=kind,
            qualification_id=version.qualification_id,
            version=version.version,
            recorded_at=context.now,
        )
    )
    await context.session.flush()
