"""Is this certificate valid? One or many, today or as of any past day. Nothing about people."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from services.certificates.access import operations
from services.certificates.access.dependencies import Portal, Reads, ServiceSettings
from services.certificates.certificate.number import Number
from services.certificates.verification import answers, evidence, queries
from services.certificates.verification.answers import When
from services.certificates.verification.rate_limit import Asking
from services.certificates.verification.responses import told
from services.certificates.verification.schemas import Challenge, Question, RowAnswer, Verification
from shared.errors import FieldError, RuleViolation, faults_of
from shared.principal import Principal
from shared.web.dependencies import Now
from shared.web.guards import PUBLIC, identify
from shared.web.problems import responses

router = APIRouter(prefix="/v1", tags=["verification"])


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
    answer = evidence.signed(answer, question, when, settings)
    headers = {**limits, "Cache-Control": "private, no-store"}
    return Response(to_json(answer), media_type="application/json", headers=headers)


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
        await operations.note(request.app.state.database, caller, "name challenge", now, known.id)
        matches = await answers.name_matches(reads, known.id, body.name)
    await asking.in_vain(answer["certificate"] is None or matches is False)
    answer["name_matches"] = matches
    return evidence.signed(answer, body, when, settings) if signed else answer


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
        found = evidence.all_signed(found, rows, when, settings)
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
