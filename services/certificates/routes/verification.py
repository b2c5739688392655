"""Is this certificate valid? One or many, today or as of any past day. Nothing about people."""

from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from services.certificates.operations import readings
from services.certificates.operations.asking import Asking
from services.certificates.queries import answers
from services.certificates.queries import verification as queries
from services.certificates.queries.answers import When
from services.certificates.routes.settings import Reads, ServiceSettings
from services.certificates.schemas.verification import (
    Challenge,
    Number,
    Question,
    RowAnswer,
    Verification,
)
from services.certificates.settings import CertificatesSettings
from shared.auth import PUBLIC, Allow, Principal, Scope, identify
from shared.db import Pool
from shared.errors import RuleViolation
from shared.http import Now, is_held
from shared.problems import FieldError, faults_of, responses

router = APIRouter(prefix="/v1", tags=["verification"])

Portal = Annotated[Principal, Depends(Allow(Scope.VERIFY, Scope.FEED, Scope.OPERATE))]
"""An employer's HR portal, the registry, or operations."""
Signed = Annotated[bool, Query(description="add the same answer as a signed statement")]
At = Annotated[date | None, Query(description="a past day; today, if absent")]
QUESTIONS = TypeAdapter(list[Question])


async def _asking(request: Request) -> Asking:
    """The budget of who asks; a token, though not asked for, is checked where there is one."""
    caller = await identify(request)
    return budget(request, caller)


def budget(request: Request, caller: Principal | None) -> Asking:
    """The budget of a caller, or of the address without one."""
    found: Asking = request.app.state.budgets.of(caller, request.client)
    return found


@router.get(
    "/verification",
    summary="Is this certificate valid?",
    dependencies=[Depends(PUBLIC)],
    response_model=Verification,
    responses=responses(401, 429),
)
async def verify(
    request: Request,
    number: Annotated[Number, Query()],
    issued_on: Annotated[date, Query(description="the date of issue, as printed")],
    asking: Annotated[Asking, Depends(_asking)],
    reads: Reads,
    now: Now,
    settings: ServiceSettings,
    at: At = None,
    signed: Signed = False,
) -> Response:
    """Public, by number and date of issue, as the registry asks for them.

    Of a past day the verdict is the one by what is known now, and `known_then` by what was known.
    Caches may keep the answer as long as `Cache-Control` says, and ask by `ETag` whether it holds.
    """
    when = When.asked(at, now, settings.time_zone)
    held = request.headers.get("If-None-Match", "")
    if not signed:
        return await told(asking, reads, number, issued_on, when, held, settings)
    limits = await asking.ask()
    answer = await answers.verified(reads, number, issued_on, when, settings)
    await asking.in_vain(answer["certificate"] is None)
    question = Question(number=number, issued_on=issued_on)
    answer = answers.signed(answer, question, when, settings)
    headers = {**limits, "Cache-Control": "private, no-store"}
    return Response(to_json(answer), media_type="application/json", headers=headers)


async def told(
    asking: Asking,
    reads: Pool,
    number: str,
    issued_on: date,
    when: When,
    held: str,
    settings: CertificatesSettings,
) -> Response:
    """The answer to one question; 304 when the caller holds it, by its `If-None-Match`."""
    limits = await asking.ask()
    answer = await answers.verified(reads, number, issued_on, when, settings)
    await asking.in_vain(answer["certificate"] is None)
    content = to_json(answer)
    headers = {
        **limits,
        "Cache-Control": _keep(when.now, settings),
        "ETag": f'"{sha256(content).hexdigest()[:32]}"',
    }
    if held and is_held(headers["ETag"], held):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _keep(now: datetime, settings: CertificatesSettings) -> str:
    """How long an answer may be kept: never into the next civil day, on which it may be another."""
    local = now.astimezone(settings.time_zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), settings.time_zone)
    seconds = min(settings.certificates_cache_seconds, int((midnight - now).total_seconds()))
    return f"public, max-age={seconds}, must-revalidate" if seconds else "public, no-cache"


@router.post(
    "/verification", summary="Is it valid, and this person's?", responses=responses(401, 403, 429)
)
async def challenge(
    request: Request,
    body: Challenge,
    caller: Portal,
    reads: Reads,
    response: Response,
    now: Now,
    settings: ServiceSettings,
    signed: Signed = False,
) -> Verification:
    """With a name the answer says whether it matches, never what the name is.

    Names travel in the body only: addresses are logged everywhere.
    """
    when = When.asked(body.at, now, settings.time_zone)
    asking = budget(request, caller)
    response.headers.update(await asking.ask())
    known = await queries.one(reads, body.number, body.issued_on)
    answer = answers.verification(known, when, settings)
    matches = None
    if body.name is not None and known is not None and answer["certificate"] is not None:
        await readings.note(request.app.state.database, caller, "name challenge", now, known.id)
        matches = await answers.name_matches(reads, known.id, body.name)
    await asking.in_vain(answer["certificate"] is None or matches is False)
    answer["name_matches"] = matches
    return answers.signed(answer, body, when, settings) if signed else answer


@router.post(
    "/verification/many",
    summary="Are these certificates valid?",
    response_model=list[RowAnswer],
    responses=responses(401, 403, 429),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["number", "issued_on"],
                            "properties": {
                                "number": {"type": "string"},
                                "issued_on": {"type": "string", "format": "date"},
                            },
                        },
                    }
                }
            },
        }
    },
)
async def verify_many(
    request: Request,
    caller: Portal,
    reads: Reads,
    now: Now,
    settings: ServiceSettings,
    at: At = None,
    signed: Signed = False,
) -> Response:
    """For HR portals: each row with its own answer, in its order; a bad row fails alone."""
    rows = _rows(await request.body())
    if not 1 <= len(rows) <= settings.verification_rows:
        raise RuleViolation(
            "verification.rows",
            f"Ask for 1 to {settings.verification_rows} certificates at once; more as a job.",
            field="/",
        )
    when = When.asked(at, now, settings.time_zone)
    asking = budget(request, caller)
    limits = await asking.ask(len(rows))
    found = await answers.verified_many(reads, rows, 1, when, settings)
    await asking.in_vain(answers.unknown(found))
    if signed:
        found = answers.all_signed(found, rows, when, settings)
    return Response(to_json(found), media_type="application/json", headers=limits)


def _rows(body: bytes) -> list[Question | list[FieldError]]:
    """The rows of a request: all at once if all are good, else one by one."""
    try:
        return list(QUESTIONS.validate_json(body))
    except ValidationError:
        return [_question(row) for row in _array(body)]


def _array(body: bytes) -> list[Any]:
    try:
        told = from_json(body)
    except ValueError:
        told = None
    if not isinstance(told, list):
        raise RequestValidationError(
            [{"loc": ("body",), "type": "list_type", "msg": "Send a JSON array of rows"}]
        )
    return told


def _question(row: Any) -> Question | list[FieldError]:
    try:
        return Question.model_validate(row)
    except ValidationError as error:
        return faults_of(error)


@router.get("/jwks.json", summary="The keys that sign statements", dependencies=[Depends(PUBLIC)])
async def keys(settings: ServiceSettings, response: Response) -> dict[str, Any]:
    """A JWK set: the present key and the retired ones. Public."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return settings.signer.public
