"""Jobs of verification: up to a hundred thousand rows, NDJSON in and out, with progress."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import col

from services.certificates.access.dependencies import Command, Portal, VerificationPool
from services.certificates.verification import jobs
from services.certificates.verification.models import VerificationJob
from services.certificates.verification.routes import AsOfDay, WithEvidence
from services.certificates.verification.schemas import JobAnswer, JobKey, NamedQuestion, RowAnswer
from shared.idempotency import create_once
from shared.paging import Page
from shared.row_jobs import AnswersEnd
from shared.web.client_language import ClientWords
from shared.web.contents import LineStream, describe_line_body, describe_lines
from shared.web.dependencies import (
    CONDITIONAL,
    IdempotencyKey,
    PageCursor,
    PageLimit,
    ReadOnlyTransaction,
)
from shared.web.job_answers import LastRow, stream_rows
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/verification/jobs", tags=["verification"])
VerificationJobId = Annotated[JobKey, Path()]


@router.post(
    "",
    status_code=202,
    summary="Ask for up to a hundred thousand certificates",
    openapi_extra={"requestBody": {"required": True, "content": describe_line_body(NamedQuestion)}},
)
async def create_verification_job(
    request: Request,
    caller: Portal,
    command: Command,
    response: Response,
    t: ClientWords,
    key: IdempotencyKey = None,
    on: AsOfDay = None,
    with_evidence: WithEvidence = False,
) -> JobAnswer:
    """A line of `{"number", "issued_on"}` for each; repeat it with the same Idempotency-Key.

    Rows are answered in the background, in their order; a bad row gets its errors as its
    answer. A row may have a `name`: its answer says whether that is the holder's. Of the name a
    digest is kept, until the row is answered.
    """
    body = await request.body()

    async def create_job() -> UUID:
        return (await jobs.create_job(command.by(caller), body, on, with_evidence, t)).id

    fingerprint = f"{on}|{with_evidence}|".encode() + body
    job_id = await create_once(
        command.session, f"verification_job:{caller.subject}", key, fingerprint, create_job
    )
    response.headers["Location"] = f"/v1/verification/jobs/{job_id}"
    return JobAnswer.model_validate(await command.session.get_one(VerificationJob, job_id))


@router.get("", summary="Your jobs, the newest first")
async def list_verification_jobs(
    caller: Portal,
    session: ReadOnlyTransaction,
    cursor: PageCursor = None,
    limit: PageLimit = 50,
) -> Page[JobAnswer]:
    """A page of jobs, and how far each is; they are kept for some days."""
    is_own = col(VerificationJob.owner) == caller.subject
    rows, next_cursor = await jobs.JOBS.list_newest(session, is_own, cursor, limit)
    items = [JobAnswer.model_validate(row) for row in rows]
    return Page[JobAnswer](items=items, next=next_cursor)


@router.post(
    "/{job_id}/cancel",
    summary="Answer no more rows of a job",
    responses=problem_responses(404, 409),
)
async def cancel_verification_job(
    job_id: VerificationJobId, caller: Portal, command: Command
) -> JobAnswer:
    """The batch in hand is still answered; answers that there are can be read as before.

    409: all rows are answered. A job that is cancelled already stays as it is.
    """
    return JobAnswer.model_validate(await jobs.cancel_job(command.by(caller), job_id))


@router.get("/{job_id}", summary="How far a job is", responses=problem_responses(404))
async def get_verification_job(
    job_id: VerificationJobId, caller: Portal, session: ReadOnlyTransaction
) -> JobAnswer:
    """`done` of `total` rows are answered; no more come when `finished_at` or `cancelled_at` is."""
    return JobAnswer.model_validate(await jobs.JOBS.get(session, caller.subject, job_id))


@router.get(
    "/{job_id}/answers",
    summary="The answers that there are",
    dependencies=[CONDITIONAL],
    response_class=LineStream,
    responses={200: describe_lines(RowAnswer, AnswersEnd), **problem_responses(404)},
)
async def stream_job_answers(
    request: Request,
    job_id: VerificationJobId,
    caller: Portal,
    session: ReadOnlyTransaction,
    pool: VerificationPool,
    after: LastRow = 0,
) -> Response:
    """A line for each row after `after`, in order; go on after your last one when broken off.

    The last line is `{"end":true,"done":N,"total":M}`: without it the answer was broken off. 304 by
    `If-None-Match` while no further row is answered.
    """
    job = await jobs.JOBS.get(session, caller.subject, job_id)
    return stream_rows(request, jobs.JOBS, job, pool, after)
