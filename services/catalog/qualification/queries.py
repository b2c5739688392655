"""Qualifications, their versions, and which of them is in force when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification import in_force as qualification_in_force
from services.catalog.qualification.models import Qualification, QualificationVersion
from services.catalog.qualification.status import OPEN, Status
from shared.errors import NotFound

Row = tuple[QualificationVersion, Qualification, date | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """A version, the qualification that it is of, and its days if it is published."""

    version: QualificationVersion
    qualification: Qualification
    term: qualification_in_force.Term | None

    @classmethod
    def of(cls, row: Row) -> "Standing":
        """From a row of `selected()`."""
        version, qualification, following = row
        since, withdrawn_from = version.effective_from, qualification.withdrawn_from
        term = (
            qualification_in_force.term(version.version, since, following, withdrawn_from)
            if since
            else None
        )
        return cls(version, qualification, term)


def _following() -> ColumnElement[date | None]:
    """The effective day of the next published version. Days ascend with versions."""
    later = aliased(QualificationVersion)
    query = select(func.min(later.effective_from)).where(
        later.qualification_id == QualificationVersion.qualification_id,
        col(later.version) > QualificationVersion.version,
        later.status == Status.PUBLISHED,
    )
    return query.correlate(QualificationVersion).scalar_subquery()


FOLLOWING = _following()


def selected() -> Any:
    """The select of versions with what `Standing.of` takes."""
    return select(QualificationVersion, Qualification, FOLLOWING).join(
        Qualification, col(Qualification.id) == QualificationVersion.qualification_id
    )


def in_force(on: date) -> ColumnElement[bool]:
    """Whether a version of `selected()` is in force on the day."""
    until = func.least(FOLLOWING, Qualification.withdrawn_from)
    return (
        (col(QualificationVersion.status) == Status.PUBLISHED)
        & (col(QualificationVersion.effective_from) <= on)
        & (until.is_(None) | (until > on))
    )


async def locked_qualification(session: AsyncSession, qualification_id: UUID) -> Qualification:
    """The qualification, locked with all its versions until the transaction ends.

    Every write of a version locks its qualification first. Raises `NotFound`.
    """
    locked = await session.get(Qualification, qualification_id, with_for_update={"key_share": True})
    if locked is None:
        raise _unknown(qualification_id)
    return locked


async def standings(session: AsyncSession, qualification_id: UUID) -> list[Standing]:
    """All versions, oldest first. Raises `NotFound`."""
    query = (
        selected()
        .where(QualificationVersion.qualification_id == qualification_id)
        .order_by(col(QualificationVersion.version))
    )
    found = [Standing.of(row) for row in (await session.exec(query)).all()]
    if not found:
        raise _unknown(qualification_id)
    return found


async def standing(session: AsyncSession, qualification_id: UUID, version: int) -> Standing:
    """One version. Raises `NotFound`."""
    for found in await standings(session, qualification_id):
        if found.version.version == version:
            return found
    raise NotFound("version.unknown", f"Qualification {qualification_id} has no version {version}.")


async def standing_on(session: AsyncSession, qualification_id: UUID, on: date) -> Standing:
    """The version in force on a day. Raises `NotFound`, telling the versions there are."""
    for found in await standings(session, qualification_id):
        if found.term is not None and found.term.state(on) is qualification_in_force.State.IN_FORCE:
            return found
    raise NotFound(
        "qualification.not_in_force",
        f"No version of qualification {qualification_id} is in force on {on}. Its versions and "
        f"their days: /v1/qualifications/{qualification_id}/versions.",
        field="#query/on",
    )


async def prevailing(session: AsyncSession, qualification_id: UUID, today: date) -> Standing:
    """The version to show: in force today, else the last that was, else the newest."""
    found = await standings(session, qualification_id)
    begun = [one for one in found if one.term and one.term.since <= today]
    holding = [
        one
        for one in begun
        if one.term and one.term.state(today) is qualification_in_force.State.IN_FORCE
    ]
    return (holding or begun or found)[-1]


async def open_version(
    session: AsyncSession, qualification_id: UUID
) -> QualificationVersion | None:
    """The version that is on its way, if there is one."""
    query = select(QualificationVersion).where(
        QualificationVersion.qualification_id == qualification_id,
        col(QualificationVersion.status).in_(OPEN),
    )
    return (await session.exec(query)).first()


async def twin(session: AsyncSession, identity: str, other_than: UUID) -> UUID | None:
    """The qualification of this identity, if there is another one."""
    query = select(Qualification.id).where(
        Qualification.identity == identity, Qualification.id != other_than
    )
    return (await session.exec(query)).first()


async def numbered(session: AsyncSession, number: str, other_than: UUID) -> UUID | None:
    """The qualification that has this registry number, if another one has it."""
    query = select(Qualification.id).where(
        Qualification.registry_number == number, Qualification.id != other_than
    )
    return (await session.exec(query)).first()


def latest_effective(found: Sequence[Standing]) -> date | None:
    """The effective day of the newest published version."""
    days = [one.version.effective_from for one in found if one.version.effective_from]
    return max(days, default=None)


def _unknown(qualification_id: UUID) -> NotFound:
    return NotFound("qualification.unknown", f"There is no qualification {qualification_id}.")
