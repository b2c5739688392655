"""Jobs of many rows: taken in at once, handled in the background in their order, each answered.

A job's rows are numbered from 1 without gaps, and `done` is the number of the last one that was
answered: a worker that dies in the middle of a batch leaves it to the next, which begins where
the last commit ended. None commits.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Field
from pydantic_core import to_json
from sqlalchemy import ColumnElement, Select, delete, func, text
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import Pool, execute, get_raw_connection
from shared.errors import Conflict, NotFound, RuleViolation
from shared.ndjson import check_line_length
from shared.paging import get_newest_page
from shared.schemas import Count
from shared.text_contents import LastLine

BATCH_ROWS = 1_000
JobT = TypeVar("JobT", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class RowLimits:
    """How many rows one job may have, and all jobs of an owner within a day."""

    in_job: int
    in_day: int

    def check_job(self, row_count: int) -> None:
        """Raises `RuleViolation` for a job of so many rows, where it is too many or none."""
        if not 1 <= row_count <= self.in_job:
            raise RuleViolation(
                "job.rows",
                f"A job has 1 to {self.in_job} lines.",
                field="/",
                values={"number": self.in_job},
            )


class AnswersEnd(LastLine):
    """The last line of a job's answers: without it they were broken off."""

    done: Count = Field(description="how many rows have an answer", examples=[400])
    total: Count = Field(description="how many rows the job has", examples=[1000])


def split_lines(body: bytes) -> list[str]:
    """The lines that are not blank; U+0000, which PostgreSQL refuses, is replaced.

    Raises `RuleViolation` for a line that is too long.
    """
    lines = [line for line in body.split(b"\n") if line.strip()]
    for place, line in enumerate(lines, 1):
        check_line_length(place, line)
    return [line.replace(b"\x00", b"\xef\xbf\xbd").decode(errors="replace") for line in lines]


class RowJobs(Generic[JobT]):
    """The jobs in one table, whose rows are in another: `job_id`, `row`, `question`, `answer`.

    A job has `id`, `owner`, `total`, `done`, `created_at`, `finished_at`, `cancelled_at`. `channel`
    is notified when one is created.
    """

    def __init__(self, job_class: type[JobT], row_class: type[SQLModel], channel: str) -> None:
        self._job: Any = job_class
        self._row_table = str(row_class.__tablename__)
        self.channel = channel
        # The names of tables are ours.
        self._list_questions = text(
            f"SELECT question FROM {self._row_table} "  # noqa: S608
            "WHERE job_id = :job AND row > :done ORDER BY row LIMIT :limit"
        )
        self._store_answers = text(
            f"UPDATE {self._row_table} SET answer = answered.answer "  # noqa: S608
            "FROM unnest(CAST(:rows AS int[]), CAST(:answers AS text[])) AS answered (row, answer) "
            f"WHERE job_id = :job AND {self._row_table}.row = answered.row"
        )
        self._list_answers = (
            f"SELECT answer FROM {self._row_table} "  # noqa: S608
            f"WHERE job_id = $1 AND row > $2 AND row <= $3 ORDER BY row LIMIT {BATCH_ROWS}"
        )

    async def create(
        self, session: AsyncSession, job: JobT, questions: Sequence[str], limits: RowLimits
    ) -> JobT:
        """Stores a new job with its rows, and wakes whoever answers.

        Raises `RuleViolation` for too many rows or none, and for too many within a day.
        """
        job_row: Any = job
        await self._check_size(session, job_row, len(questions), limits)
        session.add(job)
        await session.flush()
        connection = await get_raw_connection(session)
        await connection.copy_records_to_table(
            self._row_table,
            records=((job_row.id, number, line) for number, line in enumerate(questions, 1)),
            columns=("job_id", "row", "question"),
        )
        job_row.total = len(questions)
        await session.flush()
        await execute(session, select(func.pg_notify(self.channel, "")))
        return job

    async def _check_size(
        self, session: AsyncSession, job: Any, row_count: int, limits: RowLimits
    ) -> None:
        limits.check_job(row_count)
        day_ago = job.created_at - timedelta(days=1)
        query = select(func.coalesce(func.sum(self._job.total), 0)).where(
            self._job.owner == job.owner, col(self._job.created_at) > day_ago
        )
        earlier_rows = (await session.exec(query)).one()
        if earlier_rows + row_count > limits.in_day:
            raise RuleViolation(
                "job.daily",
                f"{limits.in_day} rows may be asked in a day; {earlier_rows} were.",
                values={"number": limits.in_day},
            )

    async def get(self, session: AsyncSession, owner: str, job_id: UUID) -> JobT:
        """The job with this id, if it is of this owner. Raises `NotFound`."""
        row: Any = await session.get(self._job, job_id)
        if row is None or row.owner != owner:
            raise NotFound("job.unknown", "You have no such job; jobs are kept for some days.")
        job: JobT = row
        return job

    async def list_newest(
        self,
        session: AsyncSession,
        condition: ColumnElement[bool],
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[JobT], str | None]:
        """A page of the jobs of which this holds, the newest first, and the next one's cursor."""
        query: Any = select(self._job).where(condition)
        sort_keys = [(col(self._job.created_at), AwareDatetime), (col(self._job.id), UUID)]
        return await get_newest_page(session, query, sort_keys, cursor, limit)

    async def cancel(self, session: AsyncSession, job: JobT, now: datetime) -> None:
        """Leaves the rows unanswered that are not answered yet; those that are stay.

        Waits for the batch in hand. Raises `Conflict` where all rows are answered; a job that is
        cancelled already stays as it is.
        """
        job_row: Any = job
        await session.refresh(job_row, with_for_update=True)
        if job_row.finished_at is not None:
            raise Conflict("job.finished", "All rows are handled: there is nothing to cancel.")
        if job_row.cancelled_at is None:
            job_row.cancelled_at = now
            await session.flush()

    @property
    def _is_open(self) -> tuple[ColumnElement[bool], ...]:
        return col(self._job.done) < self._job.total, col(self._job.cancelled_at).is_(None)

    def select_open_times(self) -> Select[Any]:
        """When jobs were created that have rows to be answered, the oldest first."""
        created_at = col(self._job.created_at)
        return select(created_at).where(*self._is_open).order_by(created_at)

    async def lock_oldest(self, session: AsyncSession) -> JobT | None:
        """The oldest job that has rows to be answered and that nobody else holds, locked."""
        query = (
            select(self._job)
            .where(*self._is_open)
            .order_by(col(self._job.created_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        job: JobT | None = (await session.exec(query)).first()
        return job

    async def list_next_questions(self, session: AsyncSession, job: JobT) -> list[str]:
        """The questions of the next batch of rows without an answer, in their order."""
        job_row: Any = job
        parameters = {"job": job_row.id, "done": job_row.done, "limit": BATCH_ROWS}
        return [row.question for row in await execute(session, self._list_questions, parameters)]

    async def store_answers(
        self, session: AsyncSession, job: JobT, answers: Iterable[str], now: datetime
    ) -> None:
        """Stores the answers to the next rows, as JSON, and moves the job on."""
        job_row: Any = job
        answer_list = list(answers)
        first = job_row.done + 1
        await execute(
            session,
            self._store_answers,
            {
                "job": job_row.id,
                "rows": list(range(first, first + len(answer_list))),
                "answers": answer_list,
            },
        )
        job_row.done += len(answer_list)
        if job_row.done == job_row.total:
            job_row.finished_at = now

    async def stream_answers(
        self, pool: Pool, job_id: UUID, *, after_row: int, done: int, total: int
    ) -> AsyncIterator[bytes]:
        """The answers to the rows after `after_row` through `done`, as NDJSON in their order.

        The last line is `{"end":true,"done":N,"total":M}`: without it the answer was broken off.
        """
        last_row = after_row
        while rows := await pool.fetch(self._list_answers, job_id, last_row, done):
            yield b"".join(row["answer"].encode() + b"\n" for row in rows)
            last_row += len(rows)
        yield to_json({"end": True, "done": done, "total": total}) + b"\n"

    async def delete_old(self, session: AsyncSession, created_before: datetime) -> None:
        """Deletes jobs that were created before this instant, with their rows."""
        await execute(session, delete(self._job).where(col(self._job.created_at) < created_before))
