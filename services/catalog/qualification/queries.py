"""Reads of qualifications and their versions, with the days on which each is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.qualification.in_force import InForcePeriod, InForceState, build_period
from services.catalog.qualification.models import (
    Qualification,
    QualificationVersion,
    VersionId,
)
from services.catalog.qualification.status import OPEN_STATUSES, Status
from shared.errors import NotFound

VersionRow = tuple[QualificationVersion, Qualification, date | None]


@dataclass(frozen=True, slots=True)
class DatedVersion:
    """A version, its qualification, and the days on which it is in force.

    `period` is None while the version is not published.
    """

    row: QualificationVersion
    qualification: Qualification
    period: InForcePeriod | None

    @classmethod
    def from_row(cls, row: VersionRow) -> "DatedVersion":
        """Makes one of a row of `select_versions()`."""
        version, qualification, next_effective_from = row
        effective_from, withdrawn_from = version.effective_from, qualification.withdrawn_from
        period = (
            build_period(version.version, effective_from, next_effective_from, withdrawn_from)
            if effective_from
            else None
        )
        return cls(version, qualification, period)


def _next_effective_from() -> ColumnElement[date | None]:
    """The effective day of the next published version. Days ascend with versions."""
    later_version = aliased(QualificationVersion)
    query = select(func.min(later_version.effective_from)).where(
        later_version.qualification_id == QualificationVersion.qualification_id,
        col(later_version.version) > QualificationVersion.version,
        later_version.status == Status.PUBLISHED,
    )
    return query.correlate(QualificationVersion).scalar_subquery()


NEXT_EFFECTIVE_FROM = _next_effective_from()


def select_versions() -> Any:
    """The select of versions with the columns that `DatedVersion.from_row` takes."""
    return select(QualificationVersion, Qualification, NEXT_EFFECTIVE_FROM).join(
        Qualification, col(Qualification.id) == QualificationVersion.qualification_id
    )


def is_in_force(on: date) -> ColumnElement[bool]:
    """The condition that a version of `select_versions()` is in force on the day."""
    effective_until = func.least(NEXT_EFFECTIVE_FROM, Qualification.withdrawn_from)
    return (
        (col(QualificationVersion.status) == Status.PUBLISHED)
        & (col(QualificationVersion.effective_from) <= on)
        & (effective_until.is_(None) | (effective_until > on))
    )


async def lock_qualification(session: AsyncSession, qualification_id: UUID) -> Qualification:
    """The qualification, locked with all its versions until the transaction ends.

    Every write of a version locks its qualification first. Raises `NotFound`.
    """
    qualification = await session.get(
        Qualification, qualification_id, with_for_update={"key_share": True}
    )
    if qualification is None:
        raise _unknown_qualification_error(qualification_id)
    return qualification


async def check_qualification(session: AsyncSession, qualification_id: UUID) -> None:
    """Checks that there is this qualification. Raises `NotFound`."""
    if await session.get(Qualification, qualification_id) is None:
        raise _unknown_qualification_error(qualification_id)


async def list_versions(session: AsyncSession, qualification_id: UUID) -> list[DatedVersion]:
    """All versions of a qualification, oldest first. Raises `NotFound`."""
    query = (
        select_versions()
        .where(QualificationVersion.qualification_id == qualification_id)
        .order_by(col(QualificationVersion.version))
    )
    dated_versions = [DatedVersion.from_row(row) for row in (await session.exec(query)).all()]
    if not dated_versions:
        raise _unknown_qualification_error(qualification_id)
    return dated_versions


async def get_version(session: AsyncSession, version_id: VersionId) -> DatedVersion:
    """A version, published or not. Raises `NotFound`."""
    for dated_version in await list_versions(session, version_id.qualification_id):
        if dated_version.row.version == version_id.number:
            return dated_version
    raise NotFound(
        "version.unknown",
        f"Qualification {version_id.qualification_id} has no version {version_id.number}.",
    )


async def get_version_in_force(
    session: AsyncSession, qualification_id: UUID, on: date
) -> DatedVersion:
    """The version in force on a day. Raises `NotFound`, which says where versions are listed."""
    for dated_version in await list_versions(session, qualification_id):
        if (
            dated_version.period is not None
            and dated_version.period.state_on(on) is InForceState.IN_FORCE
        ):
            return dated_version
    raise NotFound(
        "qualification.not_in_force",
        f"No version of qualification {qualification_id} is in force on {on}. Its versions and "
        f"their days: /v1/qualifications/{qualification_id}/versions.",
        field="#query/on",
        values={"on": on},
    )


async def get_prevailing_version(
    session: AsyncSession, qualification_id: UUID, today: date
) -> DatedVersion:
    """The version to show: in force today, else the last that was, else the newest.

    Raises `NotFound`.
    """
    dated_versions = await list_versions(session, qualification_id)
    begun_versions = [
        dated_version
        for dated_version in dated_versions
        if dated_version.period and dated_version.period.effective_from <= today
    ]
    versions_in_force = [
        dated_version
        for dated_version in begun_versions
        if dated_version.period and dated_version.period.state_on(today) is InForceState.IN_FORCE
    ]
    return (versions_in_force or begun_versions or dated_versions)[-1]


async def get_open_version(
    session: AsyncSession, qualification_id: UUID
) -> QualificationVersion | None:
    """The version between draft and publication, None if there is none."""
    query = select(QualificationVersion).where(
        QualificationVersion.qualification_id == qualification_id,
        col(QualificationVersion.status).in_(OPEN_STATUSES),
    )
    return (await session.exec(query)).first()


async def find_twin(session: AsyncSession, identity: str, excluded_id: UUID) -> UUID | None:
    """The id of the other qualification that has this identity, None if there is none."""
    query = select(Qualification.id).where(
        Qualification.identity == identity, Qualification.id != excluded_id
    )
    return (await session.exec(query)).first()


async def find_by_registry_number(
    session: AsyncSession, number: str, excluded_id: UUID
) -> UUID | None:
    """The id of the other qualification that has this registry number, None if there is none."""
    query = select(Qualification.id).where(
        Qualification.registry_number == number, Qualification.id != excluded_id
    )
    return (await session.exec(query)).first()


def select_published(dated_versions: Sequence[DatedVersion]) -> list[QualificationVersion]:
    """The published ones among the versions, in the same order."""
    return [
        dated_version.row
        for dated_version in dated_versions
        if dated_version.row.status is Status.PUBLISHED
    ]


def latest_effective_day(dated_versions: Sequence[DatedVersion]) -> date | None:
    """The effective day of the newest published version, None if none is published."""
    days = [
        dated_version.row.effective_from
        for dated_version in dated_versions
        if dated_version.row.effective_from
    ]
    return max(days, default=None)


def _unknown_qualification_error(qualification_id: UUID) -> NotFound:
    """The error for a qualification that does not exist."""
    return NotFound("qualification.unknown", f"There is no qualification {qualification_id}.")
