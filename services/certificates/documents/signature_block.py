"""What the centres' signature blocks print. None commits."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.documents.models import Centre
from services.certificates.documents.schemas import CentreTold
from shared.errors import check_version
from shared.events.applications import AssessmentCentre


async def keep(
    session: AsyncSession,
    number: str,
    told: CentreTold,
    expected: int | None,
    actor: str,
    now: datetime,
) -> Centre:
    """What the centre's office says from now on; what was printed before stays. `StaleVersion`."""
    known = await session.get(Centre, number, with_for_update=True)
    check_version(known.revision if known else 0, expected)
    centre = known or Centre(
        number=number, revision=0, updated_at=now, updated_by=actor, **vars(told)
    )
    centre.sqlmodel_update(told.model_dump())
    centre.revision += 1
    centre.updated_at, centre.updated_by = now, actor
    session.add(centre)
    await session.flush()
    return centre


async def printed(session: AsyncSession, named: AssessmentCentre) -> dict[str, Any]:
    """The centre as it is printed now; only number and name when its office has said nothing."""
    known = await session.get(Centre, named.number)
    if known is None:
        return named.model_dump(mode="json")
    return known.model_dump(include={"number", "name", "address", "head", "deputy"})
