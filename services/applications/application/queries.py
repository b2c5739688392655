"""One application and everything that belongs to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import (
    Application,
    History,
    QualificationVersion,
    QualificationWithdrawal,
)
from services.applications.application.status import Status
from shared.councils import list_council_names
from shared.errors import NotFound
from shared.events.catalog import QualificationPublished
from shared.paging import get_page, get_sorted_page


class OfApplication(Protocol):
    """A row of which an application can have several; the latest one holds."""

    id: int | None
    application_id: UUID


LatestRow = TypeVar("LatestRow", bound=OfApplication)


async def get_application(session: AsyncSession, application_id: UUID) -> Application:
    """The application with this id. Raises `NotFound`."""
    return _require_application(await session.get(Application, application_id), application_id)


async def get_application_by_number(session: AsyncSession, number: str) -> Application:
    """The application whose case has this number, such as `26-000118`. Raises `NotFound`."""
    application = (
        await session.exec(select(Application).where(Application.number == number))
    ).one_or_none()
    if application is None:
        raise NotFound("application.unknown", f"There is no case {number}.")
    return application


async def get_case_numbers(
    session: AsyncSession, application_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The case numbers of these applications, by their ids."""
    query = select(Application.id, Application.number).where(
        col(Application.id).in_(application_ids)
    )
    return dict((await session.exec(query)).all())


async def lock_application(session: AsyncSession, application_id: UUID) -> Application:
    """The application with this id, locked until the transaction ends. Raises `NotFound`."""
    locked_row = await session.get(Application, application_id, with_for_update={"key_share": True})
    return _require_application(locked_row, application_id)


async def get_latest(
    session: AsyncSession, row_type: type[LatestRow], application_id: UUID
) -> LatestRow | None:
    """The latest review, appointment, examination or decision, which holds; None without one."""
    query = select(row_type).where(row_type.application_id == application_id)
    return (await session.exec(query.order_by(col(row_type.id).desc()).limit(1))).first()


async def find_latest_day(
    session: AsyncSession, application_id: UUID, commands: Collection[str]
) -> date | None:
    """The day that was stated of the latest of these steps; None where none was taken."""
    query = select(History).where(
        History.application_id == application_id, col(History.command).in_(commands)
    )
    line = (await session.exec(query.order_by(col(History.id).desc()).limit(1))).first()
    return None if line is None or line.facts is None else line.facts.day


async def map_latest(
    session: AsyncSession, row_type: type[LatestRow], application_ids: Sequence[UUID]
) -> dict[UUID, LatestRow]:
    """The latest row of each of these applications, by the application's id; of some, none."""
    query = select(row_type).where(col(row_type.application_id).in_(application_ids))
    order = (col(row_type.application_id), col(row_type.id).desc())
    rows = (await session.exec(query.ext(distinct_on(order[0])).order_by(*order))).all()
    return {row.application_id: row for row in rows}


async def get_published_version(
    session: AsyncSession, application: Application
) -> QualificationPublished:
    """The version of the qualification for which the application was made."""
    version = await get_qualification_version(
        session, application.qualification_id, application.qualification_version
    )
    assert version is not None, "a foreign key holds the version"
    return version


async def get_qualification_version(
    session: AsyncSession, qualification_id: UUID, version: int
) -> QualificationPublished | None:
    """A version of a qualification; None when the catalog has not published it here."""
    row = await session.get(QualificationVersion, (qualification_id, version))
    return None if row is None else row.payload


async def list_qualification_versions(
    session: AsyncSession, qualification_id: UUID
) -> list[QualificationPublished]:
    """The versions of a qualification that are stored here, the newest first."""
    query = (
        select(QualificationVersion)
        .where(QualificationVersion.id == qualification_id)
        .order_by(col(QualificationVersion.version).desc())
    )
    rows = (await session.exec(query)).all()
    return [row.payload for row in rows]


async def get_withdrawal_date(session: AsyncSession, qualification_id: UUID) -> date | None:
    """The day from which nobody may apply for the qualification; None when it is not withdrawn."""
    row = await session.get(QualificationWithdrawal, qualification_id)
    return None if row is None else row.withdrawn_from


async def list_history(session: AsyncSession, application_id: UUID) -> Sequence[History]:
    """The lines of an application's history, oldest first."""
    query = select(History).where(History.application_id == application_id)
    return (await session.exec(query.order_by(col(History.id)))).all()


async def get_history_page(
    session: AsyncSession, application_id: UUID, cursor: str | None, limit: int
) -> tuple[Sequence[History], str | None]:
    """A page of the same, and the cursor of the next page."""
    query = select(History).where(History.application_id == application_id)
    return await get_page(session, query, [(col(History.id), int)], cursor, limit)


def _require_application(application: Application | None, application_id: UUID) -> Application:
    if application is None:
        raise NotFound("application.unknown", f"There is no application {application_id}.")
    return application


def quote_lexeme(word: str) -> str:
    """A word as it stands in the text of a `tsvector` or a `tsquery`."""
    escaped_word = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped_word}'"


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """Which applications a list shows; None does not restrict.

    The last four say whose they are: tenancy, from the caller's token.
    """

    status: Status | None = None
    qualification_id: UUID | None = None
    centre: str | None = None
    council: str | None = None
    employer: str | None = None
    applicant: str | None = None

    def build_conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions of a query."""
        column_values = (
            (Application.status, self.status),
            (Application.qualification_id, self.qualification_id),
            (Application.centre_number, self.centre),
            (Application.employer_number, self.employer),
            (Application.applicant_subject, self.applicant),
        )
        conditions = [col(column) == value for column, value in column_values if value is not None]
        if self.council is not None:
            conditions.append(col(Application.council).in_(list_council_names(self.council)))
        return conditions


async def list_applications(
    session: AsyncSession,
    application_filter: ApplicationFilter,
    cursor: str | None,
    limit: int,
    *,
    sort: str = "submitted_at",
) -> tuple[Sequence[Application], str | None]:
    """A page of applications and the cursor of the next page, the longest waiting first.

    With `sort="-submitted_at"` the newest is first.
    """
    query = select(Application).where(*application_filter.build_conditions())
    sort_keys = [(col(Application.submitted_at), AwareDatetime), (col(Application.id), UUID)]
    return await get_sorted_page(session, query, sort_keys, cursor, limit, sort=sort)
