"""What the mail system could not deliver, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.applications.access.dependencies import MailSystem, ServiceSettings
from services.applications.letters.bounces import BounceOutcome, record_bounce
from shared.errors import RuleViolation
from shared.web.context import UnconditionalRequest
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/bounces", tags=["mail"])

_REPORT_BODY = {
    "requestBody": {
        "required": True,
        "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class BounceAnswer(BaseModel):
    """What came of the report."""

    outcome: BounceOutcome = Field(description="what was done with the letter and its address")


@router.post(
    "",
    summary="Report a letter that could not be delivered",
    responses=problem_responses(404),
    openapi_extra=_REPORT_BODY,
)
async def report_bounce(
    recipient: Annotated[
        str, Query(max_length=320, description="the address to which the report came")
    ],
    request: Request,
    caller: MailSystem,
    settings: ServiceSettings,
    request_context: UnconditionalRequest,
) -> BounceAnswer:
    """The body is the message as it came, by RFC 3464. The same again changes nothing."""
    content = await _read_report(request, settings.bounce_limit_bytes)
    context = request_context.command_context(caller.subject)
    return BounceAnswer(outcome=await record_bounce(context, recipient, content))


async def _read_report(request: Request, limit_bytes: int) -> bytes:
    """The body, read to the limit. Raises `RuleViolation` above it."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit_bytes:
            raise RuleViolation(
                "bounce.size",
                f"A report may have at most {limit_bytes} bytes. Leave out the letter itself.",
                values={"number": limit_bytes},
            )
    return bytes(content)
