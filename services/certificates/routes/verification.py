"""Is this certificate valid? One or many, today or as of any past day. Nothing about people."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import ValidationError

from services.certificates import queries
from services.certificates.lifecycle.standing import GOOD, Change, Verdict, standing
from services.certificates.models import Certificate
from services.certificates.routes.settings import ServiceSettings
from services.certificates.schemas import Certified, Number, Question, RowAnswer, Verification
from services.certificates.settings import CertificatesSettings
from shared.auth import PUBLIC, Allow, Scope
from shared.errors import RuleViolation
from shared.http import Now, Reading, Today

router = APIRouter(prefix="/v1", tags=["verification"])

EXPLANATIONS = {
    Verdict.VALID: "The certificate is valid through {valid_until}.",
    Verdict.EXPIRING: "The certificate is valid through {valid_until}, which is soon.",
    Verdict.EXPIRED: "The certificate was valid through {valid_until}; it has expired.",
    Verdict.SUPERSEDED: "A newer certificate has taken its place: {successor}.",
    Verdict.SUSPENDED: "The certificate is suspended.",
    Verdict.WITHDRAWN: "The certificate was withdrawn.",
    Verdict.ANNULLED: "The certificate was issued in error and annulled: it never was valid.",
    Verdict.NOT_FOUND: "No certificate has this number and date of issue. Compare both with the "
    "document.",
}


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
    day = _asked_day(at, today)
    found = await queries.issued(session, number, issued_on)
    if found is None:
        return _not_found(day)
    changes = await queries.changes(session, [found.id])
    facts = [change.fact() for change in changes[found.id]]
    return _verification(found, facts, day, now, today, settings)


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
    day = _asked_day(at, today)
    read = [_question(row) for row in rows]
    asked = [(one.number, one.issued_on) for one in read if isinstance(one, Question)]
    found = await queries.issued_many(session, asked)
    changes = await queries.changes(session, [row.id for row in found.values()])
    answers = []
    for place, one in enumerate(read, 1):
        if not isinstance(one, Question):
            answers.append(RowAnswer(row=place, errors=one))
            continue
        row = found.get((one.number, one.issued_on))
        answer = _not_found(day)
        if row is not None:
            facts = [change.fact() for change in changes[row.id]]
            answer = _verification(row, facts, day, now, today, settings)
        answers.append(RowAnswer(row=place, answer=answer))
    return answers


def _question(row: Any) -> Question | list[dict[str, str]]:
    try:
        return Question.model_validate(row)
    except ValidationError as error:
        return [
            {
                "pointer": "".join(f"/{part}" for part in fault["loc"]),
                "rule": fault["type"],
                "detail": fault["msg"],
            }
            for fault in error.errors(include_input=False, include_url=False)
        ]


def _asked_day(at: date | None, today: date) -> date:
    if at is not None and at > today:
        raise RuleViolation(
            "verification.at",
            f"Nobody knows the future: ask for a day up to {today}.",
            field="#query/at",
        )
    return at or today


def _not_found(day: date) -> Verification:
    return Verification(
        verdict=Verdict.NOT_FOUND,
        good=False,
        explanation=EXPLANATIONS[Verdict.NOT_FOUND],
        checked_on=day,
        certificate=None,
    )


def _verification(
    row: Certificate,
    changes: Sequence[Change],
    day: date,
    now: datetime,
    today: date,
    settings: CertificatesSettings,
) -> Verification:
    warned = settings.expiring_days
    found = standing(row.issued_on, row.valid_until, changes, day, now, warned)
    if found.verdict is Verdict.NOT_FOUND:
        return _not_found(day)
    then = None
    if day < today:
        end = datetime.combine(day + timedelta(days=1), time(0), settings.time_zone)
        known = end - timedelta(microseconds=1)
        then = standing(row.issued_on, row.valid_until, changes, day, known, warned).verdict
    explanation = EXPLANATIONS[found.verdict]
    return Verification(
        verdict=found.verdict,
        good=found.verdict in GOOD,
        explanation=explanation.format(valid_until=found.valid_until, successor=found.successor),
        checked_on=day,
        certificate=Certified(
            number=row.number,
            qualification=row.qualification["name"],
            level=row.qualification["level"],
            registry_number=row.qualification["registry_number"],
            council=row.qualification["council"],
            issued_on=row.issued_on,
            valid_until=found.valid_until,
        ),
        successor=found.successor,
        ask_again_on=found.changes_on if day == today else None,
        known_then=then,
    )
