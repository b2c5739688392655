"""Reading certificates, their changes and duplicates, and not-passed statements."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import (
    Certificate,
    CertificateChange,
    Duplicate,
    Statement,
)
from shared import paging
from shared.errors import NotFound


async def certificate(session: AsyncSession, certificate_id: UUID) -> Certificate:
    """One certificate. Raises `NotFound`."""
    found = await session.get(Certificate, certificate_id)
    if found is None:
        raise NotFound("certificate.unknown", f"There is no certificate {certificate_id}.")
    return found


async def certificate_of(session: AsyncSession, application_id: UUID) -> Certificate | None:
    """The certificate issued for an application, if there is one."""
    query = select(Certificate).where(Certificate.application_id == application_id)
    return (await session.exec(query)).first()


async def certificates(
    session: AsyncSession, application_id: UUID | None, cursor: str | None, limit: int
) -> tuple[Sequence[Certificate], str | None]:
    """A page in the order of issue, and the cursor of the next one."""
    order = (col(Certificate.issued_at), col(Certificate.id))
    query = select(Certificate).order_by(*order)
    if application_id is not None:
        query = query.where(Certificate.application_id == application_id)
    if cursor is not None:
        query = query.where(tuple_(*order) > tuple_(*paging.decode(cursor, AwareDatetime, UUID)))
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    if len(rows) <= limit:
        return page, None
    return page, paging.encode(page[-1].issued_at, page[-1].id)


async def locked(session: AsyncSession, certificate_id: UUID) -> Certificate:
    """One certificate, locked until the transaction ends. Raises `NotFound`."""
    options = {"key_share": True}
    found = await session.get(
        Certificate, certificate_id, with_for_update=options, populate_existing=True
    )
    if found is None:
        raise NotFound("certificate.unknown", f"There is no certificate {certificate_id}.")
    return found


async def numbered(session: AsyncSession, number: str) -> Certificate | None:
    """The certificate of a number, locked, if there is one."""
    query = select(Certificate).where(Certificate.number == number)
    return (await session.exec(query.with_for_update(key_share=True))).first()


async def ending(
    session: AsyncSession, first: date, last: date, size: int
) -> AsyncIterator[Sequence[Certificate]]:
    """Certificates whose end, by all changes, lies in the window, so many at a time."""
    order = (col(Certificate.ends_on), col(Certificate.id))
    query = select(Certificate).where(order[0].between(first, last)).order_by(*order).limit(size)
    page = (await session.exec(query)).all()
    while page:
        yield page
        after = tuple_(*order) > tuple_(page[-1].ends_on, page[-1].id)
        page = (await session.exec(query.where(after))).all()


async def changes(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[CertificateChange]]:
    """The changes of these certificates, in the order of recording."""
    found: dict[UUID, list[CertificateChange]] = {each: [] for each in ids}
    query = select(CertificateChange).where(_one_of(CertificateChange.certificate_id, ids))
    for row in (await session.exec(query.order_by(col(CertificateChange.id)))).all():
        found[row.certificate_id].append(row)
    return found


async def duplicates(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Duplicate]]:
    """The duplicates of these certificates, the first one first."""
    found: dict[UUID, list[Duplicate]] = {each: [] for each in ids}
    query = select(Duplicate).where(_one_of(Duplicate.certificate_id, ids))
    for row in (await session.exec(query.order_by(col(Duplicate.ordinal)))).all():
        found[row.certificate_id].append(row)
    return found


async def all_locked(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Certificate]:
    """These certificates, locked until the transaction ends, in the order of their ids."""
    query = select(Certificate).where(_one_of(Certificate.id, ids)).order_by(col(Certificate.id))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.exec(locked)).all()


def _one_of(column: UUID, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """One array, however many ids: a list of parameters ends at 32,767."""
    return col(column) == any_(literal(list(ids), ARRAY(Uuid)))


async def statement(session: AsyncSession, application_id: UUID) -> Statement:
    """The not-passed statement of an application. Raises `NotFound`."""
    found = await session.get(Statement, application_id)
    if found is None:
        raise NotFound("statement.unknown", "No statement was issued for this application.")
    return found
