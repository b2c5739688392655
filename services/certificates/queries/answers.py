"""What verification answers."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.certificates.lifecycle.standing import GOOD, Verdict, standing
from services.certificates.queries import verification as verification_reads
from services.certificates.queries.verification import Known
from services.certificates.schemas.certificates import Names
from services.certificates.schemas.verification import Certified, Question, RowAnswer, Verification
from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date
from shared.db import Pool
from shared.errors import RuleViolation
from shared.problems import FieldError

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


@dataclass(frozen=True, slots=True)
class When:
    """The day that is asked for, the present day and instant."""

    day: date
    today: date
    now: datetime

    @classmethod
    def asked(cls, at: date | None, now: datetime, zone: ZoneInfo) -> "When":
        """`at`, or today, if absent. Raises `RuleViolation` for a future day."""
        today = civil_date(now, zone)
        if at is not None and at > today:
            raise RuleViolation(
                "verification.at",
                f"Nobody knows the future: ask for a day up to {today}.",
                field="#query/at",
            )
        return cls(at or today, today, now)


async def verified(
    pool: Pool, number: str, issued_on: date, when: When, settings: CertificatesSettings
) -> Verification:
    """The answer about one certificate."""
    found = await verification_reads.one(pool, number, issued_on)
    return verification(found, when, settings)


async def verified_many(
    pool: Pool,
    rows: Sequence[Question | list[FieldError]],
    first: int,
    when: When,
    settings: CertificatesSettings,
) -> list[RowAnswer]:
    """The answer to each row, counted from `first`; a bad row has its faults instead."""
    asked = [(row.number, row.issued_on) for row in rows if isinstance(row, Question)]
    found = await verification_reads.many(pool, asked)
    told = []
    for place, row in enumerate(rows, first):
        if not isinstance(row, Question):
            told.append(RowAnswer(row=place, errors=row))
            continue
        known = found.get((row.number, row.issued_on))
        told.append(RowAnswer(row=place, answer=verification(known, when, settings)))
    return told


async def name_matches(pool: Pool, certificate_id: UUID, name: Names) -> bool:
    """Whether the certificate, or a duplicate of it, is of the person of these names."""
    asked = _plain(name.model_dump())
    return any(
        _plain(known) == asked for known in await verification_reads.names(pool, certificate_id)
    )


def _plain(name: Mapping[str, str | None]) -> tuple[str, ...]:
    """Names as people compare them: without case, ё as е, any blank or hyphen as one blank."""
    parts = (name.get(each) or "" for each in ("family_name", "given_name", "patronymic"))
    return tuple(
        re.sub(r"[\s\u2010-\u2015-]+", " ", unicodedata.normalize("NFKC", part))
        .strip()
        .casefold()
        .replace("ё", "е")
        for part in parts
    )


def not_found(day: date) -> Verification:
    """No certificate has this number and date; which of them is wrong is not said."""
    return Verification(
        verdict=Verdict.NOT_FOUND,
        good=False,
        explanation=EXPLANATIONS[Verdict.NOT_FOUND],
        checked_on=day,
        certificate=None,
    )


def verification(known: Known | None, when: When, settings: CertificatesSettings) -> Verification:
    """How a certificate stood on a day; of a past one, also by what was known then."""
    if known is None:
        return not_found(when.day)
    warned = settings.expiring_days
    issued_on, until, changes = known.issued_on, known.valid_until, known.changes
    found = standing(issued_on, until, changes, when.day, when.now, warned)
    if found.verdict is Verdict.NOT_FOUND:
        return not_found(when.day)
    then = None
    if when.day < when.today:
        end = datetime.combine(when.day + timedelta(days=1), time(0), settings.time_zone)
        last = end - timedelta(microseconds=1)
        then = standing(issued_on, until, changes, when.day, last, warned).verdict
    explanation = EXPLANATIONS[found.verdict]
    return Verification(
        verdict=found.verdict,
        good=found.verdict in GOOD,
        explanation=explanation.format(valid_until=found.valid_until, successor=found.successor),
        checked_on=when.day,
        certificate=Certified(
            number=known.number,
            qualification=known.qualification,
            level=known.level,
            registry_number=known.registry_number,
            council=known.council,
            issued_on=issued_on,
            valid_until=found.valid_until,
        ),
        successor=found.successor,
        ask_again_on=found.changes_on if when.day == when.today else None,
        known_then=then,
    )


def signed(
    answer: Verification, asked: Question, when: When, settings: CertificatesSettings
) -> Verification:
    """The same answer with its statement: what was asked, what was answered, by whom, when."""
    claims = {
        "question": {"number": asked.number, "issued_on": asked.issued_on.isoformat()},
        "verification": answer.model_dump(mode="json", exclude={"statement"}),
    }
    statement = settings.signer.sign(STATEMENT, claims, when.now)
    return answer.model_copy(update={"statement": statement})


STATEMENT = "attesta-verification+jws"
"""The type of a signed answer."""


def unknown(told: Sequence[RowAnswer]) -> int:
    """How many rows asked for certificates that are not there."""
    return sum(row.answer is not None and row.answer.certificate is None for row in told)


def all_signed(
    told: Sequence[RowAnswer],
    rows: Sequence[Question | list[FieldError]],
    when: When,
    settings: CertificatesSettings,
) -> list[RowAnswer]:
    """The same rows, each answer with its statement."""
    done = []
    for row, asked in zip(told, rows, strict=True):
        if row.answer is not None and isinstance(asked, Question):
            answer = signed(row.answer, asked, when, settings)
            done.append(row.model_copy(update={"answer": answer}))
        else:
            done.append(row)
    return done
