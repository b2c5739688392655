"""What verification answers."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from services.certificates.certificate.schemas import Names
from services.certificates.certificate.standing import EXPLANATIONS, GOOD, Change, Verdict, standing
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import queries
from services.certificates.verification.queries import Known
from services.certificates.verification.schemas import Question, RowAnswer, Verification
from shared.clock import civil_date
from shared.db import Pool
from shared.errors import FieldError, RuleViolation


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
    found = await queries.one(pool, number, issued_on)
    return verification(found, when, settings)


async def verified_many(
    pool: Pool,
    rows: Sequence[Question | list[FieldError]],
    first: int,
    when: When,
    settings: CertificatesSettings,
) -> list[RowAnswer]:
    """The answer to each row, counted from `first`; a bad row has its faults instead."""
    numbers = [row.number for row in rows if not isinstance(row, list)]
    found = await queries.many(pool, numbers)
    told: list[RowAnswer] = []
    for place, row in enumerate(rows, first):
        if isinstance(row, list):
            told.append({"row": place, "answer": None, "errors": row})
            continue
        known = found.get(row.number)
        if known is not None and known.issued_on != row.issued_on:
            known = None
        answer = verification(known, when, settings)
        told.append({"row": place, "answer": answer, "errors": []})
    return told


async def name_matches(pool: Pool, certificate_id: UUID, name: Names) -> bool:
    """Whether the certificate, or a duplicate of it, is of the person of these names."""
    asked = _plain(name.model_dump())
    return any(_plain(known) == asked for known in await queries.names(pool, certificate_id))


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
    return {
        "verdict": Verdict.NOT_FOUND,
        "good": False,
        "explanation": EXPLANATIONS[Verdict.NOT_FOUND],
        "checked_on": day,
        "certificate": None,
        "successor": None,
        "ask_again_on": None,
        "known_then": None,
        "name_matches": None,
        "statement": None,
    }


def verification(known: Known | None, when: When, settings: CertificatesSettings) -> Verification:
    """How a certificate stood on a day; of a past one, also by what was known then."""
    if known is None:
        return not_found(when.day)
    worth, ends_on = _worth(
        known.issued_on,
        known.valid_until,
        known.changes,
        when if known.changes else When(when.day, when.today, _WHENEVER),
        settings.expiring_days,
        settings.time_zone,
    )
    if worth["verdict"] is Verdict.NOT_FOUND:
        return not_found(when.day)
    return {
        **worth,
        "certificate": {
            "number": known.number,
            "qualification": known.qualification,
            "level": known.level,
            "registry_number": known.registry_number,
            "council": known.council,
            "issued_on": known.issued_on,
            "valid_until": ends_on,
        },
    }


# Without changes it does not matter what was known when. Certificates of one day and term are worth
# the same, so this is worked out once for all of them.
_WHENEVER = datetime(1, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=10_000)
def _worth(
    issued_on: date,
    valid_until: date,
    changes: tuple[Change, ...],
    when: When,
    expiring_days: int,
    zone: ZoneInfo,
) -> tuple[Verification, date]:
    """The answer without what is printed on the certificate, and the end by all changes."""
    found = standing(issued_on, valid_until, changes, when.day, when.now, expiring_days)
    then = None
    if when.day < when.today:
        end = datetime.combine(when.day + timedelta(days=1), time(0), zone)
        last = end - timedelta(microseconds=1)
        then = standing(issued_on, valid_until, changes, when.day, last, expiring_days).verdict
    explanation = EXPLANATIONS[found.verdict]
    worth: Verification = {
        "verdict": found.verdict,
        "good": found.verdict in GOOD,
        "explanation": explanation.format(valid_until=found.valid_until, successor=found.successor),
        "checked_on": when.day,
        "certificate": None,
        "successor": found.successor,
        "ask_again_on": found.changes_on if when.day == when.today else None,
        "known_then": then,
        "name_matches": None,
        "statement": None,
    }
    return worth, found.valid_until


def unknown(told: Sequence[RowAnswer]) -> int:
    """How many rows asked for certificates that are not there."""
    return sum(row["answer"] is not None and row["answer"]["certificate"] is None for row in told)
