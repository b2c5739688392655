"""The verdict on one certificate or many, today or as of any past day. Nothing about people."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from services.certificates.access.dependencies import (
    Disclosures,
    Portal,
    ServiceSettings,
    VerificationPool,
)
from services.certificates.certificate.members import IssuedOn
from services.certificates.certificate.number import CertificateNumber
from services.certificates.verification import answers, queries
from services.certificates.verification.answers import Verifier
from services.certificates.verification.evidence import sign_answer, sign_row_answers
from services.certificates.verification.rate_limit import Allowance
from services.certificates.verification.resources import get_verification_resources
from services.certificates.verification.responses import verdict_response
from services.certificates.verification.schemas import (
    MAX_ROWS,
    ChallengeRequest,
    Question,
    RowAnswer,
    VerificationAnswer,
    VerificationKeySet,
)
from shared.errors import FieldError, RuleViolation, SameAnswer
from shared.locale.field_errors import describe_row_errors
from shared.locale.translator import Translator
from shared.paging import WholeList
from shared.principal import Principal
from shared.schemas import CivilDay
from shared.web.client_language import ClientWords
from shared.web.conditional import content_tag, matches_etag
from shared.web.contents import describe_json_body
from shared.web.dependencies import KnownTags, Now
from shared.web.guards import PUBLIC, identify_caller
from shared.web.problem_documents import problem_responses
from shared.web.route_table import JSON

router = APIRouter(prefix="/v1", tags=["verification"])


WithEvidence = Annotated[bool, Query(description="add the same answer as a signed statement")]
AsOfDay = Annotated[CivilDay | None, Query(description="a past day; today, if absent")]
Questions = Annotated[
    list[Question],
    Field(
        min_length=1,
        max_length=MAX_ROWS,
        examples=[[{"number": "07.01000.00.00000001.29", "issued_on": "2026-11-25"}]],
    ),
]
QUESTION_LIST = TypeAdapter(list[Question])


async def _get_verifier(
    pool: VerificationPool,
    now: Now,
    settings: ServiceSettings,
    words: ClientWords,
    on: AsOfDay = None,
) -> Verifier:
    return Verifier.about(pool, on, now, settings, words)


RequestVerifier = Annotated[Verifier, Depends(_get_verifier)]
"""What answers questions about the day of the query, or about today."""


async def get_allowance(request: Request) -> Allowance:
    """The allowance of the client; a token is checked where there is one, though none is needed."""
    caller = await identify_caller(request)
    return allowance_of(request, caller)


def allowance_of(request: Request, caller: Principal | None) -> Allowance:
    """The allowance of an authenticated caller, or of the address without one."""
    return get_verification_resources(request).rate_limits.for_caller(caller, request.client)


@router.get(
    "/verification",
    summary="Is this certificate valid?",
    dependencies=[Depends(PUBLIC)],
    response_model=VerificationAnswer,
    responses=problem_responses(401, 429),
)
async def verify_certificate(
    request: Request,
    number: Annotated[CertificateNumber, Query()],
    issued_on: Annotated[IssuedOn, Query()],
    allowance: Annotated[Allowance, Depends(get_allowance)],
    verifier: RequestVerifier,
    with_evidence: WithEvidence = False,
) -> Response:
    """Public, by number and date of issue, as the registry asks for them.

    Of a past day `verdict` is by what is known now, `known_at_the_time` by what was known that
    day. Caches may keep the answer as long as `Cache-Control` says, and revalidate it by its
    `ETag`.
    """
    if not with_evidence:
        if_none_match = request.headers.get("If-None-Match", "")
        return await verdict_response(verifier, allowance, number, issued_on, if_none_match)
    limit_headers = await allowance.reserve()
    answer = await answers.verify_number(verifier, number, issued_on)
    if answer["certificate"] is None:
        await allowance.count_unknown_certificate(number, issued_on)
    answer = sign_answer(verifier, answer, Question(number=number, issued_on=issued_on))
    headers = {**limit_headers, "Cache-Control": "private, no-store"}
    return Response(to_json(answer), media_type=JSON, headers=headers)


@router.post(
    "/verification",
    summary="Is it valid, and this person's?",
    responses=problem_responses(401, 403, 429),
)
async def challenge_name(
    request: Request,
    body: ChallengeRequest,
    caller: Portal,
    disclosures: Disclosures,
    pool: VerificationPool,
    response: Response,
    now: Now,
    settings: ServiceSettings,
    words: ClientWords,
    with_evidence: WithEvidence = False,
) -> VerificationAnswer:
    """With a name the answer says whether it matches, never what the name is.

    `name_matches` is null where that cannot be told: the name may be the holder's, as one with
    initials, without the patronymic, or transliterated in an unusual way. Compare the paper then.

    Names travel in the body only: addresses are logged everywhere.
    """
    verifier = Verifier.about(pool, body.on, now, settings, words)
    allowance = allowance_of(request, caller)
    response.headers.update(await allowance.reserve())
    certificate = await queries.get_certificate_facts(pool, body.number, body.issued_on)
    answer = answers.verify(verifier, certificate)
    name_matches = None
    if body.name is not None and certificate is not None and answer["certificate"] is not None:
        await disclosures.record(caller, "name challenge", certificate.id)
        name_matches = await answers.match_holder_name(pool, certificate.id, body.name)
    is_unsure = body.name is not None and name_matches is not True
    await allowance.count_unknown(answer["certificate"] is None or is_unsure)
    answer["name_matches"] = name_matches
    if not with_evidence:
        return answer
    return sign_answer(verifier, answer, body)


@router.post(
    "/verification/many",
    summary="Are these certificates valid?",
    response_model=WholeList[RowAnswer],
    responses=problem_responses(401, 403, 412, 429),
    openapi_extra={"requestBody": {"required": True, "content": describe_json_body(Questions)}},
)
async def verify_certificates(
    request: Request,
    caller: Portal,
    verifier: RequestVerifier,
    t: ClientWords,
    with_evidence: WithEvidence = False,
    known_tags: KnownTags = None,
) -> Response:
    """For HR portals: each row with its own answer, in its order; a bad row fails alone.

    The answer has an `ETag`: send it as `If-None-Match` when you ask the same again, and 412 says
    that every row is answered as before. With evidence each answer is another.
    """
    rows = _parse_rows(await request.body(), t)
    row_limit = verifier.settings.verification_rows
    if not 1 <= len(rows) <= row_limit:
        raise RuleViolation(
            "verification.rows",
            f"Ask for 1 to {row_limit} certificates at once; more as a job.",
            field="/",
            values={"number": row_limit},
        )
    allowance = allowance_of(request, caller)
    limit_headers = await allowance.reserve(len(rows))
    row_answers = await answers.verify_rows(verifier, rows, 1)
    await allowance.count_unknown(answers.count_unknown(row_answers))
    if with_evidence:
        row_answers = sign_row_answers(verifier, row_answers, rows)
    content = to_json({"items": row_answers})
    headers = {**limit_headers, "ETag": content_tag(content)}
    if known_tags is not None and matches_etag(headers["ETag"], known_tags):
        raise SameAnswer(
            "verification.unchanged",
            "Every row is answered as before.",
            field="#header/If-None-Match",
        )
    return Response(content, media_type=JSON, headers=headers)


def _parse_rows(body: bytes, t: Translator) -> list[Question | list[FieldError]]:
    """The rows of a request: parsed at once if all are valid, else one by one with their errors."""
    try:
        return list(QUESTION_LIST.validate_json(body))
    except ValidationError:
        return [_parse_question(row, t) for row in _parse_array(body)]


def _parse_array(body: bytes) -> list[Any]:
    """The JSON array in the body. Raises `RequestValidationError` for anything else."""
    try:
        rows = from_json(body)
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        raise RequestValidationError(
            [{"loc": ("body",), "type": "list_type", "msg": "Send a JSON array of rows"}]
        )
    return rows


def _parse_question(row: object, t: Translator) -> Question | list[FieldError]:
    """The question in a row, or the errors in it."""
    try:
        return Question.model_validate(row)
    except ValidationError as error:
        return describe_row_errors(t, error)


@router.get(
    "/jwks.json",
    summary="The keys that sign statements",
    dependencies=[Depends(PUBLIC)],
    response_model=VerificationKeySet,
)
async def get_signing_keys(settings: ServiceSettings, response: Response) -> dict[str, object]:
    """A JWK set: the present key and the retired ones. Public."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return settings.signer.public_key_set
