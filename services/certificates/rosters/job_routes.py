"""Jobs of rosters: a list of certificates enrolled or unenrolled in the background."""

from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from sqlmodel import col

from services.certificates.access.dependencies import Command, RosterPortal, VerificationPool
from services.certificates.access.policy import require_employer
from services.certificates.rosters import jobs, queries
from services.certificates.rosters.dependencies import JobId, SubscriptionId
from services.certificates.rosters.enrolment import check_open
from services.certificates.rosters.models import EnrolmentJob
from services.certificates.rosters.row_files import read_rows
from services.certificates.rosters.rules import EnrolmentAction
from services.certificates.rosters.schemas import (
    EnrolmentJobAnswer,
    EnrolmentRowAnswer,
    EnrolmentRowRequest,
)
from shared.idempotency import create_once
from shared.paging import Page
from shared.row_jobs import AnswersEnd
from shared.web.contents import LineStream, describe_line_body, describe_lines, describe_table
from shared.web.dependencies import (
    CONDITIONAL,
    IdempotencyKey,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
)
from shared.web.job_answers import LastRow, stream_rows
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["rosters"])

_LIST_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            **describe_line_body(EnrolmentRowRequest),
            **describe_table("number,issued_on\r\n07.01000.03.00000042.29,2026-03-02\r\n"),
        },
    },
}


@router.post(
    "/enrolment-jobs",
    status_code=202,
    summary="Watch up to a hundred thousand certificates",
    responses=problem_responses(404, 409),
    openapi_extra=_LIST_BODY,
)
async def create_enrolment_job(
    request: Request,
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    command: Command,
    response: Response,
    key: IdempotencyKey = None,
) -> EnrolmentJobAnswer:
    """NDJSON, a line of `{"number", "issued_on"}` for each, or CSV with these columns.

    Rows are handled in the background, in their order; a bad row fails alone. Repeat it with the
    same Idempotency-Key.
    """
    job = await _create_job(request, subscription_id, EnrolmentAction.ENROL, caller, command, key)
    response.headers["Location"] = f"/v1/subscriptions/{subscription_id}/jobs/{job.id}"
    return job


@router.post(
    "/unenrolment-jobs",
    status_code=202,
    summary="Watch up to a hundred thousand certificates no longer",
    responses=problem_responses(404),
    openapi_extra=_LIST_BODY,
)
async def create_unenrolment_job(
    request: Request,
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    command: Command,
    response: Response,
    key: IdempotencyKey = None,
) -> EnrolmentJobAnswer:
    """The same list; a certificate that is not watched is no fault."""
    job = await _create_job(request, subscription_id, EnrolmentAction.UNENROL, caller, command, key)
    response.headers["Location"] = f"/v1/subscriptions/{subscription_id}/jobs/{job.id}"
    return job


async def _create_job(
    request: Request,
    subscription_id: UUID,
    action: EnrolmentAction,
    caller: RosterPortal,
    command: Command,
    key: str | None,
) -> EnrolmentJobAnswer:
    employer = require_employer(caller)
    subscription = await queries.get_subscription(command.session, employer, subscription_id)
    context = command.by(caller)
    if action is EnrolmentAction.ENROL:
        check_open(subscription, context.today)
    body = await request.body()
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    lines = await to_thread.run_sync(read_rows, body, media_type, command.settings.job_rows)

    async def create() -> UUID:
        return (await jobs.create_job(context, subscription, action, lines)).id

    job_id = await create_once(
        command.session, f"{action}:{subscription_id}", key, media_type.encode() + body, create
    )
    return EnrolmentJobAnswer.model_validate(await command.session.get_one(EnrolmentJob, job_id))


@router.get("/jobs", summary="A roster's jobs, the newest first", responses=problem_responses(404))
async def list_enrolment_jobs(
    subscription_id: SubscriptionId,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[EnrolmentJobAnswer]:
    """A page of jobs, and how far each is; they are kept for some days."""
    await queries.get_subscription(session, require_employer(caller), subscription_id)
    is_of_roster = col(EnrolmentJob.subscription_id) == subscription_id
    rows, next_cursor = await jobs.JOBS.list_newest(session, is_of_roster, cursor, limit)
    items = [EnrolmentJobAnswer.model_validate(row) for row in rows]
    return Page[EnrolmentJobAnswer](items=items, next=next_cursor)


@router.post(
    "/jobs/{job_id}/cancel",
    summary="Handle no more rows of a job",
    responses=problem_responses(404, 409),
)
async def cancel_enrolment_job(
    subscription_id: SubscriptionId, job_id: JobId, caller: RosterPortal, command: Command
) -> EnrolmentJobAnswer:
    """The batch in hand is still handled; what is enrolled or unenrolled already stays so.

    409: all rows are handled. A job that is cancelled already stays as it is.
    """
    await queries.get_subscription(command.session, require_employer(caller), subscription_id)
    job = await queries.get_job(command.session, subscription_id, job_id)
    await jobs.JOBS.cancel(command.session, job, command.now)
    return EnrolmentJobAnswer.model_validate(job)


@router.get("/jobs/{job_id}", summary="How far a job is", responses=problem_responses(404))
async def get_enrolment_job(
    subscription_id: SubscriptionId,
    job_id: JobId,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
) -> EnrolmentJobAnswer:
    """`done` of `total` rows are handled; no more come when `finished_at` or `cancelled_at` is."""
    await queries.get_subscription(session, require_employer(caller), subscription_id)
    return EnrolmentJobAnswer.model_validate(
        await queries.get_job(session, subscription_id, job_id)
    )


@router.get(
    "/jobs/{job_id}/answers",
    summary="What came of the rows",
    dependencies=[CONDITIONAL],
    response_class=LineStream,
    responses={200: describe_lines(EnrolmentRowAnswer, AnswersEnd), **problem_responses(404)},
)
async def stream_enrolment_answers(
    request: Request,
    subscription_id: SubscriptionId,
    job_id: JobId,
    caller: RosterPortal,
    session: ReadOnlyTransaction,
    pool: VerificationPool,
    after: LastRow = 0,
) -> Response:
    """A line for each row after `after`, in order; go on after your last one when broken off.

    The last line is `{"end":true,"done":N,"total":M}`: without it the answer was broken off. 304 by
    `If-None-Match` while no further row is handled.
    """
    await queries.get_subscription(session, require_employer(caller), subscription_id)
    job = await queries.get_job(session, subscription_id, job_id)
    return stream_rows(request, jobs.JOBS, job, pool, after)
