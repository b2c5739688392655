"""Verification of more certificates than one request can hold. Only `work` commits.

A job's rows are numbered from 1 without gaps, and `done` is the last one that was answered: who
dies in the middle of a batch leaves it to the next, who begins where the last commit ended.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_json
from sqlalchemy import delete, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesSettings
from services.certificates.verification import answers, evidence
from services.certificates.verification.answers import When
from services.certificates.verification.models import VerificationJob, VerificationRow
from services.certificates.verification.schemas import Question, RowAnswer
from shared.clock import Clock
from shared.db import Connection, Database, execute, follow
from shared.errors import FieldError, NotFound, RuleViolation, faults_of
from shared.ndjson import lines

BATCH = 1_000
CHANNEL = "verification_job"
_ANSWER = text(
    "UPDATE verification_row SET answer = told.answer "
    "FROM unnest(CAST(:rows AS int[]), CAST(:answers AS text[])) AS told (place, answer) "
    "WHERE job_id = :job AND verification_row.row = told.place"
)


async def begin(
    session: AsyncSession,
    owner: str,
    body: bytes,
    at: date | None,
    signed: bool,
    now: datetime,
    settings: CertificatesSettings,
) -> VerificationJob:
    """A job of these lines. Raises `RuleViolation` for too many, for none, for a future day."""
    When.asked(at, now, settings.time_zone)
    job = VerificationJob(owner=owner, at=at, signed=signed, created_at=now)
    session.add(job)
    await session.flush()
    rows = [(job.id, place, line.decode(errors="replace")) async for place, line in _dense(body)]
    await _check_size(session, job, len(rows), settings)
    outer = await (await session.connection()).get_raw_connection()
    driver: Connection = outer.driver_connection  # type: ignore[assignment]
    await driver.copy_records_to_table(
        "verification_row", records=rows, columns=("job_id", "row", "question")
    )
    job.total = len(rows)
    await session.flush()
    await execute(session, select(func.pg_notify(CHANNEL, "")))
    return job


async def _dense(body: bytes) -> AsyncIterator[tuple[int, bytes]]:
    async def whole() -> AsyncIterator[bytes]:
        yield body

    place = 0
    async for _, line in lines(whole()):
        place += 1
        yield place, line.replace(b"\x00", b"\xef\xbf\xbd")


async def _check_size(
    session: AsyncSession, job: VerificationJob, rows: int, settings: CertificatesSettings
) -> None:
    if not 1 <= rows <= settings.certificates_job_rows:
        raise RuleViolation(
            "job.rows", f"A job has 1 to {settings.certificates_job_rows} lines.", field="/"
        )
    since = job.created_at - timedelta(days=1)
    query = select(func.coalesce(func.sum(VerificationJob.total), 0)).where(
        VerificationJob.owner == job.owner, col(VerificationJob.created_at) > since
    )
    before = (await session.exec(query)).one()
    if before + rows > settings.certificates_client_daily_job_rows:
        raise RuleViolation(
            "job.daily",
            f"{settings.certificates_client_daily_job_rows} rows may be asked in a day; "
            f"{before} were.",
        )


async def job(session: AsyncSession, owner: str, job_id: UUID) -> VerificationJob:
    """A job of this owner. Raises `NotFound`."""
    found = await session.get(VerificationJob, job_id)
    if found is None or found.owner != owner:
        raise NotFound("job.unknown", "You have no such job; jobs are kept for some days.")
    return found


async def work(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Answers the next rows of the oldest job that nobody works on; how many it were."""
    async with database.transaction() as session:
        query = (
            select(VerificationJob)
            .where(col(VerificationJob.done) < VerificationJob.total)
            .order_by(col(VerificationJob.created_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = (await session.exec(query)).first()
        if found is None:
            return 0
        rows = await _next(session, found)
        when = When.asked(found.at, clock.now(), settings.time_zone)
        asked = [_question(row.question) for row in rows]
        pool = await database.reads.pool()
        told = await answers.verified_many(pool, asked, found.done + 1, when, settings)
        if found.signed:
            told = evidence.all_signed(told, asked, when, settings)
        await _keep(session, found, told)
        found.done += len(rows)
        if found.done == found.total:
            found.finished_at = clock.now()
        return len(rows)


async def _next(session: AsyncSession, of: VerificationJob) -> Sequence[VerificationRow]:
    query = (
        select(VerificationRow)
        .where(VerificationRow.job_id == of.id, col(VerificationRow.row) > of.done)
        .order_by(col(VerificationRow.row))
        .limit(BATCH)
    )
    return (await session.exec(query)).all()


def _question(line: str) -> Question | list[FieldError]:
    try:
        return Question.model_validate_json(line)
    except ValidationError as error:
        return faults_of(error)


async def _keep(session: AsyncSession, of: VerificationJob, told: Sequence[RowAnswer]) -> None:
    await execute(
        session,
        _ANSWER,
        {
            "job": of.id,
            "rows": [row["row"] for row in told],
            "answers": [to_json(row).decode() for row in told],
        },
    )


async def keep_working(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Answers jobs as soon as they are there. Returns only by raising."""

    async def step() -> int:
        return await work(database, clock, settings)

    await follow(database, CHANNEL, step, settings.certificates_poll_seconds)


async def forget(session: AsyncSession, now: datetime, settings: CertificatesSettings) -> None:
    """Removes jobs that are older than they are kept."""
    old = col(VerificationJob.created_at) < now - timedelta(days=settings.certificates_job_days)
    await execute(session, delete(VerificationJob).where(old))
