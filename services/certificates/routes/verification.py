"""Is this certificate valid? One or many, today or as of any past day. Nothing about people."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import ValidationError

from services.certificates.queries import answers
from services.certificates.queries import certificates as queries
from services.certificates.routes.settings import ServiceSettings
from services.certificates.schemas.verification import Number, Question, RowAnswer, Verification
from shared.auth import PUBLIC, Allow, Scope
from shared.errors import RuleViolation
from shared.http import Now, Reading, Today
from shared.problems import FieldError, faults_of

router = APIRouter(prefix="/v1", tags=["verification"])


@router.get(
    "/verification",
    summary="Is this certificate valid?",
    dependencies=[Depends(PUBLIC)],
)
async def verify(
    number: Annotated[Number, Query()],
    issued_on: Annotated[date, Query(description="the date of issue, as printed")],
    session: Reading,
    now: Now,
    today: Today,
    settings: ServiceSettings,
    at: Annotated[date | None, Query(description="a past day; today, if absent")] = None,
) -> Verification:
    """Public, by number and date of issue, as the registry asks for them.

    Of a past day the verdict is the one by what is known now, and `known_then` by what was known.
    """
    return await answers.verified(session, number, issued_on, at, now, today, settings)


@router.post(
    "/verification/many",
    summary="Are these certificates valid?",
    dependencies=[Depends(Allow(Scope.VERIFY, Scope.FEED, Scope.OPERATE))],
)
async def verify_many(
    rows: Annotated[list[Any], Body(description="of {number, issued_on}")],
    session: Reading,
    now: Now,
    today: Today,
    settings: ServiceSettings,
    at: Annotated[date | None, Query(description="a past day; today, if absent")] = None,
) -> list[RowAnswer]:
    """For HR portals: each row with its own answer, in its order; a bad row fails alone."""
    if not 1 <= len(rows) <= settings.verification_rows:
        raise RuleViolation(
            "verification.rows",
            f"Ask for 1 to {settings.verification_rows} certificates at once.",
            field="/",
        )
    day = answers.asked_day(at, today)
    read = [_question(row) for row in rows]
    asked = [(one.number, one.issued_on) for one in read if isinstance(one, Question)]
    found = await queries.issued_many(session, asked)
    changes = await queries.changes(session, [row.id for row in found.values()])
    told = []
    for place, one in enumerate(read, 1):
        if not isinstance(one, Question):
            told.append(RowAnswer(row=place, errors=one))
            continue
        row = found.get((one.number, one.issued_on))
        answer = answers.not_found(day)
        if row is not None:
            facts = [change.fact() for change in changes[row.id]]
            answer = answers.verification(row, facts, day, now, today, settings)
        told.append(RowAnswer(row=place, answer=answer))
    return told


@router.get("/jwks.json", summary="The keys that sign statements", dependencies=[Depends(PUBLIC)])
async def keys(settings: ServiceSettings, response: Response) -> dict[str, Any]:
    """A JWK set: the present key and the retired ones. Public."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return settings.signer.public


def _question(row: Any) -> Question | list[FieldError]:
    try:
        return Question.model_validate(row)
    except ValidationError as error:
        return faults_of(error)
