"""Rounds over rows that are due: rows at fault are set aside, and hold up nobody."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.errors import TransientFailure
from shared.job_states.rows import SET_ASIDE_ROWS, RowDuty, handle_due_rows
from tests.clock import ManualClock


class _Notes:
    """A duty over the rows of `note`: each is deleted, and some cannot be."""

    def __init__(
        self,
        fail: Callable[[str], Exception | None],
        batch_rows: int = 8,
        condition: str = "true",
    ) -> None:
        self._fail, self._condition = fail, condition
        self.duty = RowDuty(
            job="notes",
            batch_rows=batch_rows,
            handle_batch=self._handle_batch,
            handle_row=self._handle_row,
            find_first=self._find_first,
        )

    async def _handle_batch(self, session: AsyncSession, limit: int) -> int:
        return await self._delete(session, f"{self._not_set_aside()} ORDER BY words LIMIT {limit}")

    async def _handle_row(self, session: AsyncSession, subject: str) -> int:
        return await self._delete(session, f"words = '{subject}'")

    async def _delete(self, session: AsyncSession, condition: str) -> int:
        found_notes = await execute(session, text(f"SELECT words FROM note WHERE {condition}"))
        words = [row.words for row in found_notes]
        for word in words:
            failure = self._fail(word)
            if failure is not None:
                raise failure
            await execute(session, text("DELETE FROM note WHERE words = :word"), {"word": word})
        return len(words)

    async def _find_first(self, session: AsyncSession) -> str | None:
        query = f"SELECT min(words) FROM note WHERE {self._not_set_aside()}"
        first: str | None = (await execute(session, text(query))).scalar_one()
        return first

    def _not_set_aside(self) -> str:
        not_set_aside = "words NOT IN (SELECT subject FROM set_aside WHERE job = 'notes')"
        return f"{self._condition} AND {not_set_aside}"


async def _write_notes(database: Database, count: int) -> None:
    insert = "INSERT INTO note SELECT gen_random_uuid(), lpad(n::text, 4, '0')"
    async with database.transaction() as session:
        await execute(session, text(f"{insert} FROM generate_series(1, {count}) n"))


async def _count_notes(database: Database) -> int:
    async with database.read_only_transaction() as session:
        return int((await execute(session, text("SELECT count(*) FROM note"))).scalar_one())


async def _count_set_aside(database: Database) -> int:
    async with database.read_only_transaction() as session:
        return int((await execute(session, text("SELECT count(*) FROM set_aside"))).scalar_one())


async def test_rows_at_fault_are_set_aside_and_all_others_handled(
    database: Database, clock: ManualClock
) -> None:
    await _write_notes(database, 60)
    guilty = {"0001", "0002", "0017", "0031", "0060"}
    notes = _Notes(lambda word: ValueError(word) if word in guilty else None)
    assert await handle_due_rows(database, clock, notes.duty) == 55
    assert await _count_set_aside(database) == len(guilty)
    clock.advance(hours=1)
    assert await handle_due_rows(database, clock, _Notes(lambda _: None).duty) == 0
    assert (await _count_notes(database), await _count_set_aside(database)) == (0, 0), "retried"


@pytest.mark.parametrize(
    "failure", [TransientFailure("store"), ConnectionRefusedError(), TimeoutError()]
)
async def test_what_fails_for_all_ends_the_round_and_sets_nothing_aside(
    database: Database, clock: ManualClock, failure: Exception
) -> None:
    await _write_notes(database, 10)
    with pytest.raises(type(failure)):
        await handle_due_rows(database, clock, _Notes(lambda _: failure).duty)
    assert (await _count_notes(database), await _count_set_aside(database)) == (10, 0)


async def test_where_every_row_is_at_fault_the_round_fails_in_the_end(
    database: Database, clock: ManualClock
) -> None:
    await _write_notes(database, SET_ASIDE_ROWS + 50)
    broken = _Notes(lambda _: ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await handle_due_rows(database, clock, broken.duty)
    assert await _count_set_aside(database) == SET_ASIDE_ROWS


async def test_lanes_of_one_round_share_the_count_of_its_faults(
    database: Database, clock: ManualClock
) -> None:
    """Each sets its own rows aside; neither may set aside as many as a round may."""
    await _write_notes(database, 2 * SET_ASIDE_ROWS)
    last_word = f"{SET_ASIDE_ROWS:04}"
    lanes = [
        _Notes(lambda _: ZeroDivisionError(), condition=f"words {comparison} '{last_word}'").duty
        for comparison in ("<=", ">")
    ]
    with pytest.raises(ZeroDivisionError):
        await handle_due_rows(database, clock, *lanes)
    assert SET_ASIDE_ROWS <= await _count_set_aside(database) <= SET_ASIDE_ROWS + 1


@pytest.fixture
async def hasty(settings: CatalogSettings) -> AsyncIterator[Database]:
    """The database, by connections whose statements are broken off soon."""
    database = Database.connect(settings.model_copy(update={"statement_timeout_seconds": 0.3}))
    yield database
    await database.close()


@asynccontextmanager
async def _holding(database: Database, statement: str) -> AsyncIterator[None]:
    """Somebody else holds the locks of a statement while the block runs."""
    async with database.transaction() as session:
        await execute(session, text(statement))
        yield


async def _list_reasons(database: Database) -> dict[str, str]:
    async with database.read_only_transaction() as session:
        rows = await execute(session, text("SELECT subject, reason FROM set_aside"))
        return {row.subject: row.reason for row in rows}


@pytest.mark.parametrize("batch_rows", [1, 8, 100])
async def test_a_row_that_is_locked_for_too_long_holds_up_nobody(
    database: Database, hasty: Database, clock: ManualClock, batch_rows: int
) -> None:
    await _write_notes(database, 60)
    notes = _Notes(lambda _: None, batch_rows)
    async with _holding(database, "SELECT FROM note WHERE words IN ('0001', '0037') FOR UPDATE"):
        assert await handle_due_rows(hasty, clock, notes.duty) == 58
        reason = "QueryCanceledError, SQLSTATE 57014"
        assert await _list_reasons(database) == {"0001": reason, "0037": reason}
        clock.advance(hours=1)
        await handle_due_rows(hasty, clock, notes.duty)
        assert await _count_set_aside(database) == 2, "tried again in vain"
    clock.advance(hours=1)
    await handle_due_rows(hasty, clock, notes.duty)
    assert (await _count_notes(database), await _count_set_aside(database)) == (0, 0)


async def test_a_statement_that_never_ends_holds_up_nobody(
    database: Database, hasty: Database, clock: ManualClock
) -> None:
    await _write_notes(database, 20)
    endless = """
        CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN OLD; END $$
    """
    trigger = """
        CREATE TRIGGER endless BEFORE DELETE ON note FOR EACH ROW WHEN (OLD.words = '0013')
        EXECUTE FUNCTION sleep()
    """
    async with database.transaction() as session:
        await execute(session, text(endless))
        await execute(session, text(trigger))
    assert await handle_due_rows(hasty, clock, _Notes(lambda _: None).duty) == 19
    assert list(await _list_reasons(database)) == ["0013"]


async def test_where_every_row_is_locked_the_round_fails_and_the_next_one_goes_on(
    database: Database, hasty: Database, clock: ManualClock
) -> None:
    await _write_notes(database, 20)
    duty = _Notes(lambda _: None).duty
    async with _holding(database, "LOCK TABLE note IN SHARE MODE"):
        with pytest.raises(DBAPIError):
            await handle_due_rows(hasty, clock, duty)
        assert await _count_set_aside(database) <= 1, "it is not the rows"
    clock.advance(hours=1)
    await handle_due_rows(hasty, clock, duty)
    assert (await _count_notes(database), await _count_set_aside(database)) == (0, 0)
