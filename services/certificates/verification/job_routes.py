"""Jobs of verification: up to a hundred thousand rows, NDJSON in and out, with progress."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.certificates.access.dependencies import Command, Portal, VerificationPool
from services.certificates.verification import jobs
from services.certificates.verification.models import VerificationJob
from services.certificates.verification.routes import AsOfDay, WithEvidence
from services.certificates.verification.schemas import JobAnswer, JobId, Question, RowAnswer
from shared.idempotency import create_once
from shared.row_jobs import AnswersEnd
from shared.schemas import MAX_INTEGER
from shared.web.contents import LineStream, describe_line_body, describe_lines
from shared.web.dependencies import IdempotencyKey, ReadOnlyTransaction
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/verification/jobs", tags=["verification"])
PathJobId = Annotated[JobId, Path()]
LastRow = Annotated[
    int, Query(ge=0, le=MAX_INTEGER, description="the last row that you have; 0 from the start")
]
"""After which row answers are streamed."""


@router.post(
    "",
    status_code=202,
    summary="Ask for up to a hundred thousand certificates",
    openapi_extra={"requestBody": {"required": True, "content": describe_line_body(Question)}},
)
async def create_verification_job(
    request: Request,
    caller: Portal,
    command: Command,
    response: Response,
    key: IdempotencyKey = None,
    on: AsOfDay = None,
    with_evidence: WithEvidence = False,
) -> JobAnswer:
    """A line of `{"number", "issued_on"}` for each; repeat it with the same Idempotency-Key.

    Rows are answered in the background, in their order; a bad row gets its errors as its
    answer.
    """
    body = await request.body()

    async def create_job() -> UUID:
        return (await jobs.create_job(command.by(caller), body, on, with_evidence)).id

    fingerprint = f"{on}|{with_evidence}|".encode() + body
    job_id = await create_once(
        command.session, f"verification_job:{caller.subject}", key, fingerprint, create_job
    )
    response.headers["Location"] = f"/v1/verification/jobs/{job_id}"
    return JobAnswer.model_validate(await command.session.get_one(VerificationJob, job_id))


@router.get("/{job_id}", summary="How far a job is", responses=problem_responses(404))
async def get_verification_job(
    job_id: PathJobId, caller: Portal, session: ReadOnlyTransaction
) -> JobAnswer:
    """`done` of `total` rows are answered; all of them when `finished_at` is there."""
    return JobAnswer.model_validate(await jobs.JOBS.get(session, caller.subject, job_id))


@router.get(
    "/{job_id}/answers",
    summary="The answers that there are",
    response_class=LineStream,
    responses={200: describe_lines(RowAnswer, AnswersEnd), **problem_responses(404)},
)
async def stream_job_answers(
    job_id: PathJobId,
    caller: Portal,
    session: ReadOnlyTransaction,
    pool: VerificationPool,
    after: LastRow = 0,
) -> LineStream:
    """A line for each row after `after`, in order; go on after your last one when broken off.

    The last line is `{"end":true,"done":N,"total":M}`: without it the answer was broken off.
    """
    job = await jobs.JOBS.get(session, caller.subject, job_id)
    lines = jobs.JOBS.stream_answers(pool, job_id, after_row=after, done=job.done, total=job.total)
    return LineStream(lines)
