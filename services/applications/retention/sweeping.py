"""The second look at the store after an erasure: what an upload stored while the file was erased.

An upload lies in the store before a row names it. One that was under way at the erasure gets no
row any more, so nothing but its key tells of it.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.applications.documents.store import DocumentStore
from services.applications.retention.models import Erasure
from services.applications.retention.schemas import DeletedFile
from services.applications.settings import ApplicationsSettings
from shared.clock import Clock
from shared.db import Database
from shared.errors import TransientFailure
from shared.job_states.rows import RowDuty, handle_due_rows, is_set_aside

SWEEP_JOB = "erasure-sweep"
"""The job that looks at the store again."""


class UndeletableDocument(Exception):
    """The store answers, but does not delete a document of the file."""


async def delete_documents(store: DocumentStore, application_id: UUID) -> list[str]:
    """Deletes the documents of a file from the store; their keys.

    Raises `TransientFailure` when the store does not answer, `UndeletableDocument`.
    """
    keys = await store.list_keys(f"{application_id}/")
    try:
        for key in keys:
            await store.delete(key)
    except TransientFailure as failure:
        raise UndeletableDocument from failure
    return keys


async def sweep_erased_files(
    database: Database, store: DocumentStore, clock: Clock, settings: ApplicationsSettings
) -> int:
    """Deletes what came into the store after its file was erased; how many files were looked at.

    Each is looked at once, when every upload that was under way has ended; what was found is added
    to the log of its act.
    """

    async def sweep(session: AsyncSession, condition: ColumnElement[bool]) -> int:
        query = _select_unswept(clock, settings).where(condition).limit(1)
        act = (await session.exec(query.with_for_update(skip_locked=True))).first()
        if act is None:
            return 0
        now = clock.now()
        keys = await delete_documents(store, act.application_id)
        act.log = (*act.log, *(DeletedFile(object=key, at=now) for key in keys))
        act.swept_at = now
        return 1

    async def sweep_next(session: AsyncSession, _: int) -> int:
        return await sweep(session, _is_next())

    async def sweep_row(session: AsyncSession, subject: str) -> int:
        return await sweep(session, col(Erasure.application_id) == UUID(subject))

    async def find_first(session: AsyncSession) -> UUID | None:
        query = _select_unswept(clock, settings).where(_is_next()).limit(1)
        act = (await session.exec(query)).first()
        return None if act is None else act.application_id

    duty = RowDuty(
        job=SWEEP_JOB,
        batch_rows=1,
        handle_batch=sweep_next,
        handle_row=sweep_row,
        find_first=find_first,
    )
    return await handle_due_rows(database, clock, duty)


async def count_unswept_files(
    session: AsyncSession, clock: Clock, settings: ApplicationsSettings
) -> int:
    """How many erased files are yet to be looked at, those set aside among them."""
    query = select(func.count()).select_from(_select_unswept(clock, settings).subquery())
    return (await session.exec(query)).one()


def _is_next() -> ColumnElement[bool]:
    return ~is_set_aside(SWEEP_JOB, col(Erasure.application_id))


def _select_unswept(clock: Clock, settings: ApplicationsSettings) -> SelectOfScalar[Erasure]:
    """The acts whose file is to be looked at again, the longest waiting first."""
    last_moment = clock.now() - timedelta(seconds=settings.erasure_sweep_seconds)
    return (
        select(Erasure)
        .where(col(Erasure.swept_at).is_(None), col(Erasure.erased_at) <= last_moment)
        .order_by(col(Erasure.erased_at), col(Erasure.application_id))
    )
