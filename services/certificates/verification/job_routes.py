"""Jobs of verification: a whole staff at once, NDJSON in and out, with progress."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from services.certificates.access.dependencies import Portal, Reads, ServiceSettings
from services.certificates.verification import jobs, queries
from services.certificates.verification.models import VerificationJob
from services.certificates.verification.routes import At, Signed
from services.certificates.verification.schemas import Job
from shared import ndjson
from shared.idempotency import once
from shared.web.dependencies import IdempotencyKey, Now, Reading, Transaction
from shared.web.problems import responses

router = APIRouter(prefix="/v1/verification/jobs", tags=["verification"])


@router.post(
    "",
    status_code=202,
    summary="Ask for up to a hundred thousand certificates",
    openapi_extra={
        "requestBody": {"required": True, "content": {ndjson.MEDIA_TYPE: {}}},
    },
)
async def begin(
    request: Request,
    caller: Portal,
    session: Transaction,
    response: Response,
    now: Now,
    settings: ServiceSettings,
    key: IdempotencyKey = None,
    at: At = None,
    signed: Signed = False,
) -> Job:
    """A line of `{"number", "issued_on"}` for each; send it again with the same Idempotency-Key.

    Rows are answered in the background, in their order; each bad one has its faults as its answer.
    """
    body = await request.body()

    async def create() -> UUID:
        made = await jobs.begin(session, caller.subject, body, at, signed, now, settings)
        return made.id

    asked = f"{at}|{signed}|".encode() + body
    job_id = await once(session, f"verification_job:{caller.subject}", key, asked, create)
    response.headers["Location"] = f"/v1/verification/jobs/{job_id}"
    return Job.model_validate(await session.get_one(VerificationJob, job_id))


@router.get("/{job_id}", summary="How far a job is", responses=responses(404))
async def progress(job_id: UUID, caller: Portal, session: Reading) -> Job:
    """`done` of `total` rows are answered; all of them when `finished_at` is there."""
    return Job.model_validate(await jobs.job(session, caller.subject, job_id))


@router.get(
    "/{job_id}/answers",
    summary="The answers that there are",
    response_class=StreamingResponse,
    responses={200: {"content": {ndjson.MEDIA_TYPE: {}}}, **responses(404)},
)
async def answers(
    job_id: UUID,
    caller: Portal,
    session: Reading,
    reads: Reads,
    after: Annotated[int, Query(ge=0, description="the last row that you have")] = 0,
) -> StreamingResponse:
    """A line for each row after `after`, in order; go on after your last one when broken off.

    The last line is `{"end":true,"done":N,"total":M}`: without it the answer was broken off.
    """
    job = await jobs.job(session, caller.subject, job_id)
    end = to_json({"end": True, "done": job.done, "total": job.total}) + b"\n"

    async def sent() -> AsyncIterator[bytes]:
        last = after
        while lines := await queries.job_answers(reads, job_id, last, job.done):
            yield b"".join(line.encode() + b"\n" for line in lines)
            last += len(lines)
        yield end

    return StreamingResponse(sent(), media_type=ndjson.MEDIA_TYPE)
