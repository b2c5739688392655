"""Many certificates enrolled or unenrolled in the background. Only `handle_next_rows` commits.

Enrolments are committed before the status is read, as with a single one; the answers come in a
second transaction. Whoever dies in between leaves a batch that is handled again, to the same end.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from services.certificates.rosters.current_status import ENDED_VERDICTS, StatusReader
from services.certificates.rosters.enrolment import (
    check_until,
    enrol_certificates,
    is_open,
    unenrol_certificates,
)
from services.certificates.rosters.models import (
    EnrolmentJob,
    EnrolmentRow,
    Subscription,
)
from services.certificates.rosters.rules import EnrolmentAction
from services.certificates.rosters.schemas import EnrolmentRequest, EnrolmentRowAnswer
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, Pool, follow_channel
from shared.errors import FieldError, RuleViolation
from shared.locale.field_errors import describe_row_errors, plain_translator
from shared.row_jobs import RowJobs, RowLimits

ENROLMENT_JOB = "enrolment-jobs"
"""The worker's duty that handles jobs."""
JOBS = RowJobs(EnrolmentJob, EnrolmentRow, "enrolment_job")
_LIST_FAULTS = """
    SELECT row, answer FROM enrolment_row
    WHERE job_id = $1 AND answer LIKE '%"outcome":"refused",%' ORDER BY row LIMIT $2
"""


@dataclass(slots=True)
class _Row:
    """A row on its way to its answer: the certificate, or why it is refused."""

    request: EnrolmentRequest | None
    errors: list[FieldError]
    certificate_id: UUID | None = None
    rule: str | None = None


async def create_job(
    context: CertificatesContext,
    subscription: Subscription,
    action: EnrolmentAction,
    lines: Sequence[str],
) -> EnrolmentJob:
    """Creates the actor's job of these rows, for a subscription of theirs.

    Raises `RuleViolation` for too many rows or none, and for too many within a day.
    """
    settings = context.settings
    job = EnrolmentJob(
        owner=context.actor,
        subscription_id=subscription.id,
        action=action,
        created_at=context.now,
    )
    limits = RowLimits(settings.job_rows, settings.client_daily_job_rows)
    return await JOBS.create(context.session, job, lines, limits)


async def handle_next_rows(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Handles one batch of the oldest unlocked job; how many rows, 0 when no job waits."""
    pool = await database.read_pool.get_pool()
    async with database.transaction() as session:
        job = await JOBS.lock_oldest(session)
        if job is None:
            return 0
        rows = [_parse_row(line) for line in await JOBS.list_next_questions(session, job)]
        context = command_context(session, clock.now(), settings, job.owner)
        await _apply_rows(context, pool, job, rows)
    async with database.transaction() as session:
        locked_job = await session.get_one(EnrolmentJob, job.id, with_for_update=True)
        if locked_job.done != job.done:
            return len(rows)  # another worker has handled the same batch
        context = command_context(session, clock.now(), settings, job.owner)
        answers = await _answer_rows(context, pool, locked_job, rows)
        locked_job.refusals += sum(answer["outcome"] == "refused" for answer in answers)
        lines = [to_json(answer).decode() for answer in answers]
        await JOBS.store_answers(session, locked_job, lines, clock.now())
    return len(rows)


def _parse_row(line: str) -> _Row:
    try:
        return _Row(EnrolmentRequest.model_validate_json(line), [])
    except ValidationError as error:
        return _Row(None, describe_row_errors(plain_translator(), error), rule="row.invalid")


async def _apply_rows(
    context: CertificatesContext, pool: Pool, job: EnrolmentJob, rows: Sequence[_Row]
) -> None:
    """Enrols or unenrols what the rows name; notes in each row why it is refused."""
    subscription = await context.session.get_one(
        Subscription, job.subscription_id, with_for_update={"key_share": True}
    )
    reader = await _read_status(context, pool, rows)
    for row in rows:
        if row.request is not None:
            _find_certificate(row, row.request, reader)
    if job.action is EnrolmentAction.UNENROL:
        return await _unenrol_rows(context, subscription, rows)
    for row in rows:
        if row.rule is None and row.request is not None:
            row.rule = _find_refusal(context, subscription, row.request, reader)
    await _enrol_rows(context, subscription, rows)


async def _read_status(
    context: CertificatesContext, pool: Pool, rows: Sequence[_Row]
) -> StatusReader:
    numbers = {row.request.number for row in rows if row.request is not None}
    return await StatusReader.read(pool, context.today, context.settings, numbers)


def _find_certificate(row: _Row, request: EnrolmentRequest, reader: StatusReader) -> None:
    """Both number and date must match, as in verification; which does not is not said."""
    facts = reader.facts.get(request.number)
    if facts is None or facts.issued_on != request.issued_on:
        row.rule = "enrolment.not_found"
    else:
        row.certificate_id = facts.id


def _find_refusal(
    context: CertificatesContext,
    subscription: Subscription,
    request: EnrolmentRequest,
    reader: StatusReader,
) -> str | None:
    if not is_open(subscription, context.today):
        return "subscription.ended"
    if reader.verify(request.number)["verdict"] in ENDED_VERDICTS:
        return "enrolment.ended"
    try:
        check_until(subscription, request.until, context.today)
    except RuleViolation as error:
        return error.rule
    return None


async def _enrol_rows(
    context: CertificatesContext, subscription: Subscription, rows: Sequence[_Row]
) -> None:
    """Enrols what was not refused, by their last days; for some there may be no room."""
    rows_by_end: dict[date | None, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.rule is None and row.request is not None:
            rows_by_end[row.request.until].append(row)
    for until, rows_of_end in rows_by_end.items():
        ids = [row.certificate_id for row in rows_of_end if row.certificate_id is not None]
        without_room = set(await enrol_certificates(context, subscription, ids, until))
        for row in rows_of_end:
            if row.certificate_id in without_room:
                row.rule = "roster.full"


async def _unenrol_rows(
    context: CertificatesContext, subscription: Subscription, rows: Sequence[_Row]
) -> None:
    """Unenrols what is enrolled; a row that was handled before a crash is done, too."""
    ids = [row.certificate_id for row in rows if row.certificate_id is not None]
    await unenrol_certificates(context, subscription, ids)


async def _answer_rows(
    context: CertificatesContext, pool: Pool, job: EnrolmentJob, rows: Sequence[_Row]
) -> list[EnrolmentRowAnswer]:
    """What came of each row; of an enrolled one, how it stands after the commit."""
    shows_status = job.action is EnrolmentAction.ENROL
    reader = await _read_status(context, pool, rows if shows_status else ())
    return [
        {
            "row": number,
            "outcome": "done" if row.rule is None else "refused",
            "rule": row.rule,
            "status": reader.verify(row.request.number)
            if shows_status and row.rule is None and row.request is not None
            else None,
            "errors": row.errors,
        }
        for number, row in enumerate(rows, job.done + 1)
    ]


async def list_faults(pool: Pool, job_id: UUID, limit: int) -> list[EnrolmentRowAnswer]:
    """The first rows that were refused."""
    rows = await pool.fetch(_LIST_FAULTS, job_id, limit)
    return [from_json(row["answer"]) for row in rows]


async def run_enrolling(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Handles jobs as soon as they are created. Returns only by raising."""

    async def handle_batch() -> int:
        return await handle_next_rows(database, clock, settings)

    await follow_channel(database, JOBS.channel, handle_batch, settings.poll_seconds)
