"""Verification of more certificates than one request can hold. Only `answer_next_rows` commits."""

from datetime import date, timedelta

from pydantic import ValidationError
from pydantic_core import to_json

from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.verification.answers import VerificationDate, Verifier, verify_rows
from services.certificates.verification.evidence import sign_row_answers
from services.certificates.verification.models import VerificationJob, VerificationRow
from services.certificates.verification.schemas import Question
from shared.clock import Clock
from shared.db import Database, follow_channel
from shared.errors import FieldError, row_field_errors
from shared.row_jobs import RowJobs, RowLimits, split_lines

JOBS = RowJobs(VerificationJob, VerificationRow, "verification_job")


async def create_job(
    context: CertificatesContext, body: bytes, on: date | None, with_evidence: bool
) -> VerificationJob:
    """Creates the actor's job of the NDJSON lines of `body`, one question each.

    Raises `RuleViolation` for too many lines or none, for too many rows within a day, and for a
    future day.
    """
    settings = context.settings
    VerificationDate.resolve(on, context.now, settings.time_zone)
    job = VerificationJob(
        owner=context.actor, on=on, with_evidence=with_evidence, created_at=context.now
    )
    limits = RowLimits(settings.job_rows, settings.client_daily_job_rows)
    return await JOBS.create(context.session, job, split_lines(body), limits)


async def answer_next_rows(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Answers one batch of the oldest unlocked job; returns how many rows, 0 when no job waits."""
    async with database.transaction() as session:
        job = await JOBS.lock_oldest(session)
        if job is None:
            return 0
        lines = await JOBS.list_next_questions(session, job)
        pool = await database.read_pool.get_pool()
        verifier = Verifier.about(pool, job.on, clock.now(), settings)
        questions = [parse_question(line) for line in lines]
        row_answers = await verify_rows(verifier, questions, job.done + 1)
        if job.with_evidence:
            row_answers = sign_row_answers(verifier, row_answers, questions)
        answers = (to_json(row).decode() for row in row_answers)
        await JOBS.store_answers(session, job, answers, clock.now())
        return len(lines)


def parse_question(line: str) -> Question | list[FieldError]:
    """The question of a line, or the errors in it."""
    try:
        return Question.model_validate_json(line)
    except ValidationError as error:
        return row_field_errors(error)


async def run_answering(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Answers jobs as soon as they are created. Returns only by raising."""

    async def answer_batch() -> int:
        return await answer_next_rows(database, clock, settings)

    await follow_channel(database, JOBS.channel, answer_batch, settings.poll_seconds)


async def delete_old_jobs(context: CertificatesContext) -> None:
    """Deletes jobs that are older than the settings keep them, with their rows."""
    oldest_instant = context.now - timedelta(days=context.settings.job_days)
    await JOBS.delete_old(context.session, oldest_instant)
