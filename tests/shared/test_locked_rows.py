"""Who locks a row sees it as it is then, though the session has read it before."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Database, execute


class _Tables(DeclarativeBase):
    pass


class _Note(_Tables):
    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[str]


NOTE_ID = uuid4()
_QUERY = select(_Note).where(_Note.id == NOTE_ID)
LOCKS: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
    "by key": lambda session: session.get(_Note, NOTE_ID, with_for_update=True),
    "key share": lambda session: session.get(_Note, NOTE_ID, with_for_update={"key_share": True}),
    "one by key": lambda session: session.get_one(_Note, NOTE_ID, with_for_update=True),
    "query": lambda session: session.exec(_QUERY.with_for_update(key_share=True)),
    "queue": lambda session: session.exec(_QUERY.limit(1).with_for_update(skip_locked=True)),
}


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
async def test_a_row_is_read_anew_where_it_is_locked(
    database: Database, lock: Callable[[AsyncSession], Awaitable[object]]
) -> None:
    insert = text("INSERT INTO note VALUES (:id, 'before')")
    async with database.transaction() as session:
        await execute(session, insert, {"id": NOTE_ID})
    async with database.transaction() as session:
        note = await session.get_one(_Note, NOTE_ID)
        async with database.transaction() as other_session:
            await execute(other_session, text("UPDATE note SET words = 'meanwhile'"))
        await session.exec(_QUERY)
        assert note.words == "before"
        await lock(session)
        assert note.words == "meanwhile"
