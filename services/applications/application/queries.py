"""Reading applications, their history, and the qualifications known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import (
    Application,
    History,
    QualificationVersion,
    QualificationWithdrawal,
)
from services.applications.application.status import Status
from shared import paging
from shared.errors import NotFound
from shared.events.catalog import QualificationPublished


class OfApplication(Protocol):
    """A row of which an application can have several; the latest one holds."""

    id: int | None
    application_id: UUID


Step = TypeVar("Step", bound=OfApplication)


async def application(session: AsyncSession, application_id: UUID) -> Application:
    """One application. Raises `NotFound`."""
    return _found(await session.get(Application, application_id), application_id)


async def locked_application(session: AsyncSession, application_id: UUID) -> Application:
    """One application, locked until the transaction ends. Raises `NotFound`."""
    locked = await session.get(Application, application_id, with_for_update={"key_share": True})
    return _found(locked, application_id)


async def latest(session: AsyncSession, kind: type[Step], application_id: UUID) -> Step | None:
    """The latest review, appointment, examination or decision, which is the one that holds."""
    query = select(kind).where(kind.application_id == application_id)
    return (await session.exec(query.order_by(col(kind.id).desc()).limit(1))).first()


async def published_of(session: AsyncSession, application: Application) -> QualificationPublished:
    """The version of the qualification for which the application was made."""
    known = await published(
        session, application.qualification_id, application.qualification_version
    )
    assert known is not None, "a foreign key holds the version"
    return known


async def published(
    session: AsyncSession, qualification_id: UUID, version: int
) -> QualificationPublished | None:
    """A version of a qualification; None when it is not known here."""
    row = await session.get(QualificationVersion, (qualification_id, version))
    return None if row is None else QualificationPublished.model_validate(row.payload)


async def published_versions(
    session: AsyncSession, qualification_id: UUID
) -> list[QualificationPublished]:
    """The versions that are known here, the newest first."""
    query = (
        select(QualificationVersion)
        .where(QualificationVersion.id == qualification_id)
        .order_by(col(QualificationVersion.version).desc())
    )
    rows = (await session.exec(query)).all()
    return [QualificationPublished.model_validate(row.payload) for row in rows]


async def withdrawn_from(session: AsyncSession, qualification_id: UUID) -> date | None:
    """The day from which nobody may apply for the qualification, if it ends."""
    row = await session.get(QualificationWithdrawal, qualification_id)
    return None if row is None else row.withdrawn_from


async def history(session: AsyncSession, application_id: UUID) -> Sequence[History]:
    """The changes of an application's status, oldest first."""
    query = select(History).where(History.application_id == application_id)
    return (await session.exec(query.order_by(col(History.id)))).all()


def _found(application: Application | None, application_id: UUID) -> Application:
    if application is None:
        raise NotFound("application.unknown", f"There is no application {application_id}.")
    return application


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
