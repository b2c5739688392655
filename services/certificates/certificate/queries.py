"""Reads and locks of certificates, their changes and duplicates, and of statements."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, any_, func, literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import (
    Certificate,
    CertificateChange,
    Duplicate,
    Statement,
)
from services.certificates.certificate.rules import CertificateOrder
from shared.db import execute
from shared.errors import NotFound
from shared.paging import SortKey, get_newest_page, get_page

_MANY_LOCK = func.hashtextextended("attesta.many_certificates", 0)


async def get_certificate(session: AsyncSession, certificate_id: UUID) -> Certificate:
    """The certificate with this id. Raises `NotFound`."""
    row = await session.get(Certificate, certificate_id)
    if row is None:
        raise NotFound("certificate.unknown", f"There is no certificate {certificate_id}.")
    return row


async def find_recertified_number(session: AsyncSession, number: str) -> str | None:
    """The number of the certificate that the one with this number follows, if it follows one."""
    query = select(Certificate.recertifies).where(Certificate.number == number)
    return (await session.exec(query)).first()


async def get_certificate_of_application(
    session: AsyncSession, application_id: UUID
) -> Certificate | None:
    """The latest certificate issued for an application, if there is one."""
    return (await map_certificates(session, [application_id])).get(application_id)


async def map_certificates(
    session: AsyncSession, application_ids: Sequence[UUID]
) -> dict[UUID, Certificate]:
    """The latest certificate of each of these applications, by the application's id."""
    is_selected = _is_any_of(Certificate.application_id, application_ids)
    query = select(Certificate).where(is_selected).order_by(col(Certificate.decision_ordinal))
    return {row.application_id: row for row in (await session.exec(query)).all()}


async def map_statements(
    session: AsyncSession, application_ids: Sequence[UUID]
) -> dict[UUID, Statement]:
    """The latest statement of each of these applications, by the application's id."""
    is_selected = _is_any_of(Statement.application_id, application_ids)
    query = select(Statement).where(is_selected).order_by(col(Statement.version))
    return {row.application_id: row for row in (await session.exec(query)).all()}


_SORT_KEYS: Mapping[str, SortKey] = {
    "issued_at": (col(Certificate.issued_at), AwareDatetime),
    "ends_on": (col(Certificate.ends_on), date),
}
"""The leading keys of lists: each has an index, whose second column is the id."""


async def list_certificates(
    session: AsyncSession,
    application_id: UUID | None,
    order: CertificateOrder,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Certificate], str | None]:
    """A page in this order, and the cursor of the next one."""
    query = select(Certificate)
    if application_id is not None:
        query = query.where(Certificate.application_id == application_id)
    sort_keys = [_SORT_KEYS[order.column], (col(Certificate.id), UUID)]
    load_page = get_newest_page if order.is_descending else get_page
    return await load_page(session, query, sort_keys, cursor, limit)


async def lock_certificate(session: AsyncSession, certificate_id: UUID) -> Certificate:
    """Locks a certificate until the transaction ends. Raises `NotFound`."""
    row = await session.get(Certificate, certificate_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFound("certificate.unknown", f"There is no certificate {certificate_id}.")
    return row


async def lock_certificate_by_number(session: AsyncSession, number: str) -> Certificate | None:
    """Locks the certificate with this number, if there is one."""
    query = select(Certificate).where(Certificate.number == number)
    return (await session.exec(query.with_for_update(key_share=True))).first()


async def lock_certificates_by_number(
    session: AsyncSession, numbers: Sequence[str]
) -> Sequence[Certificate]:
    """Locks those certificates that have one of these numbers, in the order of their ids."""
    has_number = col(Certificate.number) == any_(literal(list(numbers), ARRAY(Text)))
    query = select(Certificate).where(has_number).order_by(col(Certificate.id))
    return (await session.exec(query.with_for_update(key_share=True))).all()


async def iterate_ending_certificates(
    session: AsyncSession, first_day: date, last_day: date, size: int
) -> AsyncIterator[Sequence[Certificate]]:
    """Batches of `size` certificates whose end, by all changes, lies in the window."""
    sort_keys = (col(Certificate.ends_on), col(Certificate.id))
    query = (
        select(Certificate)
        .where(sort_keys[0].between(first_day, last_day))
        .order_by(*sort_keys)
        .limit(size)
    )
    page = (await session.exec(query)).all()
    while page:
        yield page
        is_after_page = tuple_(*sort_keys) > tuple_(page[-1].ends_on, page[-1].id)
        page = (await session.exec(query.where(is_after_page))).all()


async def list_changes(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[CertificateChange]]:
    """Each certificate's changes, in the order of recording, by its id."""
    changes_by_certificate: dict[UUID, list[CertificateChange]] = {
        certificate_id: [] for certificate_id in ids
    }
    query = select(CertificateChange).where(_is_any_of(CertificateChange.certificate_id, ids))
    for row in (await session.exec(query.order_by(col(CertificateChange.id)))).all():
        changes_by_certificate[row.certificate_id].append(row)
    return changes_by_certificate


async def list_duplicates(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[Duplicate]]:
    """Each certificate's duplicates, in the order of their ordinals, by its id."""
    duplicates_by_certificate: dict[UUID, list[Duplicate]] = {
        certificate_id: [] for certificate_id in ids
    }
    query = select(Duplicate).where(_is_any_of(Duplicate.certificate_id, ids))
    for row in (await session.exec(query.order_by(col(Duplicate.ordinal)))).all():
        duplicates_by_certificate[row.certificate_id].append(row)
    return duplicates_by_certificate


async def lock_many_certificates(session: AsyncSession) -> None:
    """Waits until nobody else locks many certificates one after another, and keeps them out.

    Until the transaction ends; two that lock the same certificates would wait for each other.
    """
    await execute(session, select(func.pg_advisory_xact_lock(_MANY_LOCK)))


async def lock_certificates(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Certificate]:
    """Locks these certificates, in the order of their ids, until the transaction ends."""
    query = select(Certificate).where(_is_any_of(Certificate.id, ids)).order_by(col(Certificate.id))
    return (await session.exec(query.with_for_update(key_share=True))).all()


def _is_any_of(column: UUID, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Membership by one array parameter: a list of parameters ends at 32,767."""
    return col(column) == any_(literal(list(ids), ARRAY(Uuid)))


async def get_statement(
    session: AsyncSession, application_id: UUID, version: int | None
) -> Statement:
    """A version of an application's not-passed statement, or the latest. Raises `NotFound`."""
    row = (
        await session.get(Statement, (application_id, version))
        if version is not None
        else (await map_statements(session, [application_id])).get(application_id)
    )
    if row is None:
        raise NotFound("statement.unknown", "No statement was issued for this application.")
    return row
