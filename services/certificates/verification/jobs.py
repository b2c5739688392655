"""Verification of more certificates than one request can hold. Only `answer_next_rows` commits."""

from datetime import date, timedelta
from uuid import UUID

from anyio import to_thread
from pydantic_core import to_json

from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.verification.answers import VerificationDate, Verifier, verify_rows
from services.certificates.verification.evidence import sign_row_answers
from services.certificates.verification.job_names import check_wrong_names, compare_names
from services.certificates.verification.job_questions import (
    keep_lines,
    read_kept_line,
    seal_name_key,
)
from services.certificates.verification.models import VerificationJob, VerificationRow
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, follow_channel
from shared.locale.translator import Translator
from shared.row_jobs import RowJobs, RowLimits, split_lines

VERIFICATION_JOB = "verification-jobs"
"""The worker's duty that answers jobs."""
JOBS = RowJobs(VerificationJob, VerificationRow, "verification_job")


async def create_job(
    context: CertificatesContext, body: bytes, on: date | None, with_evidence: bool, t: Translator
) -> VerificationJob:
    """Creates the actor's job of the NDJSON lines of `body`, one question each.

    What is wrong with a line is kept in the words of `t`.
    Raises `RuleViolation` for too many lines or none, for too many rows within a day, for too many
    wrong names within a day, and for a future day.
    """
    settings = context.settings
    VerificationDate.resolve(on, context.now, settings.time_zone)
    limits = RowLimits(settings.job_rows, settings.client_daily_job_rows)
    lines = split_lines(body)
    limits.check_job(len(lines))
    kept_lines = await to_thread.run_sync(keep_lines, lines, t)
    job = VerificationJob(
        owner=context.actor, on=on, with_evidence=with_evidence, created_at=context.now
    )
    if kept_lines.name_key is not None:
        await check_wrong_names(context)
        job.sealed_name_key = seal_name_key(settings.keyring, kept_lines.name_key)
    return await JOBS.create(context.session, job, kept_lines.lines, limits)


async def cancel_job(context: CertificatesContext, job_id: UUID) -> VerificationJob:
    """Leaves unanswered what is not answered yet of the actor's job; its names can be read no more.

    Raises `NotFound`, also for another's job, and `Conflict` for one whose rows are all answered.
    """
    job = await JOBS.get(context.session, context.actor, job_id)
    await JOBS.cancel(context.session, job, context.now)
    job.sealed_name_key = None
    return job


async def answer_next_rows(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Answers one batch of the oldest unlocked job; returns how many rows, 0 when no job waits."""
    async with database.transaction() as session:
        job = await JOBS.lock_oldest(session)
        if job is None:
            return 0
        lines = await JOBS.list_next_questions(session, job)
        pool = await database.read_pool.get_pool()
        context = command_context(session, clock.now(), settings, job.owner)
        verifier = Verifier.about(pool, job.on, context.now, settings)
        kept_questions = [read_kept_line(line) for line in lines]
        questions = [kept_question.question for kept_question in kept_questions]
        row_answers = await verify_rows(verifier, questions, job.done + 1)
        await compare_names(context, pool, job, list(zip(kept_questions, row_answers, strict=True)))
        if job.with_evidence:
            row_answers = sign_row_answers(verifier, row_answers, questions)
        answers = (to_json(row).decode() for row in row_answers)
        await JOBS.store_answers(session, job, answers, context.now)
        if job.finished_at is not None:
            job.sealed_name_key = None
        return len(lines)


async def run_answering(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Answers jobs as soon as they are created. Returns only by raising."""

    async def answer_batch() -> int:
        return await answer_next_rows(database, clock, settings)

    await follow_channel(database, JOBS.channel, answer_batch, settings.poll_seconds)


async def delete_old_jobs(context: CertificatesContext) -> None:
    """Deletes jobs that are older than the settings keep them, with their rows."""
    oldest_instant = context.now - timedelta(days=context.settings.job_days)
    await JOBS.delete_old(context.session, oldest_instant)
