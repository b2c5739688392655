"""The catalog's reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.lifecycle import Status
from services.catalog.models import Qualification
from shared import paging
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Filter:
    """Which qualifications a list asks for; None asks for all."""

    text: str | None = None
    level: int | None = None
    standard: str | None = None
    status: Status | None = None


async def qualification(session: AsyncSession, qualification_id: UUID) -> Qualification:
    """One qualification. Raises `NotFound`."""
    return _found(await session.get(Qualification, qualification_id), qualification_id)


async def locked_qualification(session: AsyncSession, qualification_id: UUID) -> Qualification:
    """One qualification, locked until the transaction ends. Raises `NotFound`."""
    locked = await session.get(Qualification, qualification_id, with_for_update={"key_share": True})
    return _found(locked, qualification_id)


async def twin(session: AsyncSession, other: Qualification) -> UUID | None:
    """The qualification of the same council, standard, name and level, if there is one."""
    code = (other.occupational_standard or {}).get("code")
    same = select(Qualification.id).where(
        Qualification.council == other.council,
        Qualification.name == other.name,
        Qualification.level == other.level,
        col(Qualification.sublevel).is_not_distinct_from(other.sublevel),
        col(Qualification.occupational_standard)["code"].astext.is_not_distinct_from(code),
        Qualification.id != other.id,
    )
    return (await session.exec(same)).first()


async def qualifications(
    session: AsyncSession, wanted: Filter, cursor: str | None, limit: int
) -> tuple[Sequence[Qualification], str | None]:
    """A page by name, and the cursor of the next one."""
    query = select(Qualification).order_by(col(Qualification.name), col(Qualification.id))
    for word in folded(wanted.text or "").split():
        query = query.where(col(Qualification.search_text).contains(word, autoescape=True))
    if wanted.level is not None:
        query = query.where(Qualification.level == wanted.level)
    if wanted.standard is not None:
        code = col(Qualification.occupational_standard)["code"].astext
        query = query.where(code == wanted.standard)
    if wanted.status is not None:
        query = query.where(Qualification.status == wanted.status)
    if cursor is not None:
        name, last = paging.decode(cursor, str, UUID)
        query = query.where(tuple_(Qualification.name, Qualification.id) > tuple_(name, last))
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    more = len(rows) > limit
    return page, paging.encode(page[-1].name, page[-1].id) if more else None


def folded(text: str) -> str:
    """Text as searches compare it: without case, and with `ё` as `е`."""
    return text.casefold().replace("ё", "е")


def _found(qualification: Qualification | None, qualification_id: UUID) -> Qualification:
    if qualification is None:
        raise NotFound("qualification.unknown", f"There is no qualification {qualification_id}.")
    return qualification
