"""Verification of more certificates than one request can hold.

Only `answer_next_rows` commits. A job's rows are numbered from 1 without gaps, and `done` is
the number of the last one that was answered: a worker that dies in the middle of a batch leaves
it to the next, which begins where the last commit ended.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json
from sqlalchemy import delete, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.verification.answers import VerificationDate, Verifier, verify_rows
from services.certificates.verification.evidence import sign_row_answers
from services.certificates.verification.models import VerificationJob, VerificationRow
from services.certificates.verification.schemas import Question, RowAnswer
from shared.clock import Clock
from shared.db import Connection, Database, execute, follow_channel
from shared.errors import FieldError, NotFound, RuleViolation, row_field_errors
from shared.ndjson import read_lines

BATCH_ROWS = 1_000
CHANNEL = "verification_job"
_STORE_ANSWERS = text(
    "UPDATE verification_row SET answer = answered.answer "
    "FROM unnest(CAST(:rows AS int[]), CAST(:answers AS text[])) AS answered (row, answer) "
    "WHERE job_id = :job AND verification_row.row = answered.row"
)


async def create_job(
    context: CertificatesContext, body: bytes, at: date | None, with_evidence: bool
) -> VerificationJob:
    """Creates the actor's job of the NDJSON lines of `body`, one question each.

    Raises `RuleViolation` for too many lines or none, for too many rows within a day, and for a
    future day.
    """
    session = context.session
    VerificationDate.resolve(at, context.now, context.settings.time_zone)
    job = VerificationJob(
        owner=context.actor, at=at, with_evidence=with_evidence, created_at=context.now
    )
    session.add(job)
    await session.flush()
    rows = [
        (job.id, row_number, line.decode(errors="replace"))
        async for row_number, line in _number_lines(body)
    ]
    await _check_job_size(context, job, len(rows))
    pooled_connection = await (await session.connection()).get_raw_connection()
    connection: Connection = pooled_connection.driver_connection  # type: ignore[assignment]
    await connection.copy_records_to_table(
        "verification_row", records=rows, columns=("job_id", "row", "question")
    )
    job.total = len(rows)
    await session.flush()
    await execute(session, select(func.pg_notify(CHANNEL, "")))
    return job


async def _number_lines(body: bytes) -> AsyncIterator[tuple[int, bytes]]:
    """The lines that are not blank, numbered from 1; U+0000, which PostgreSQL refuses, replaced."""

    async def yield_body() -> AsyncIterator[bytes]:
        yield body

    row_number = 0
    async for _, line in read_lines(yield_body()):
        row_number += 1
        yield row_number, line.replace(b"\x00", b"\xef\xbf\xbd")


async def _check_job_size(
    context: CertificatesContext, job: VerificationJob, row_count: int
) -> None:
    """Raises `RuleViolation` when the job, or the owner's last 24 hours, have too many rows."""
    settings = context.settings
    if not 1 <= row_count <= settings.job_rows:
        raise RuleViolation(
            "job.rows",
            f"A job has 1 to {settings.job_rows} lines.",
            field="/",
            values={"number": settings.job_rows},
        )
    day_ago = job.created_at - timedelta(days=1)
    query = select(func.coalesce(func.sum(VerificationJob.total), 0)).where(
        VerificationJob.owner == job.owner, col(VerificationJob.created_at) > day_ago
    )
    earlier_rows = (await context.session.exec(query)).one()
    if earlier_rows + row_count > settings.client_daily_job_rows:
        raise RuleViolation(
            "job.daily",
            f"{settings.client_daily_job_rows} rows may be asked in a day; {earlier_rows} were.",
            values={"number": settings.client_daily_job_rows},
        )


async def get_job(session: AsyncSession, owner: str, job_id: UUID) -> VerificationJob:
    """The job with this id, if it is of this owner. Raises `NotFound`."""
    row = await session.get(VerificationJob, job_id)
    if row is None or row.owner != owner:
        raise NotFound("job.unknown", "You have no such job; jobs are kept for some days.")
    return row


async def answer_next_rows(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Answers one batch of the oldest unlocked job; returns how many rows, 0 when no job waits."""
    async with database.transaction() as session:
        query = (
            select(VerificationJob)
            .where(col(VerificationJob.done) < VerificationJob.total)
            .order_by(col(VerificationJob.created_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        job = (await session.exec(query)).first()
        if job is None:
            return 0
        rows = await _list_next_rows(session, job)
        pool = await database.read_pool.get_pool()
        verifier = Verifier.about(pool, job.at, clock.now(), settings)
        questions = [_parse_question(row.question) for row in rows]
        row_answers = await verify_rows(verifier, questions, job.done + 1)
        if job.with_evidence:
            row_answers = sign_row_answers(verifier, row_answers, questions)
        await _store_answers(session, job, row_answers)
        job.done += len(rows)
        if job.done == job.total:
            job.finished_at = clock.now()
        return len(rows)


async def _list_next_rows(session: AsyncSession, job: VerificationJob) -> Sequence[VerificationRow]:
    """The next batch of rows without an answer, in their order."""
    query = (
        select(VerificationRow)
        .where(VerificationRow.job_id == job.id, col(VerificationRow.row) > job.done)
        .order_by(col(VerificationRow.row))
        .limit(BATCH_ROWS)
    )
    return (await session.exec(query)).all()


def _parse_question(line: str) -> Question | list[FieldError]:
    """The question of a line, or the errors in it."""
    try:
        return Question.model_validate_json(line)
    except ValidationError as error:
        return row_field_errors(error)


async def _store_answers(
    session: AsyncSession, job: VerificationJob, row_answers: Sequence[RowAnswer]
) -> None:
    """Stores the answers, as JSON, with their rows in one statement."""
    await execute(
        session,
        _STORE_ANSWERS,
        {
            "job": job.id,
            "rows": [row["row"] for row in row_answers],
            "answers": [to_json(row).decode() for row in row_answers],
        },
    )


async def run_answering(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Answers jobs as soon as they are created. Returns only by raising."""

    async def answer_batch() -> int:
        return await answer_next_rows(database, clock, settings)

    await follow_channel(database, CHANNEL, answer_batch, settings.poll_seconds)


async def delete_old_jobs(context: CertificatesContext) -> None:
    """Deletes jobs that are older than the settings keep them, with their rows."""
    oldest_instant = context.now - timedelta(days=context.settings.job_days)
    is_old = col(VerificationJob.created_at) < oldest_instant
    await execute(context.session, delete(VerificationJob).where(is_old))
