"""The answers of verification, and their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from services.certificates.certificate.operations import standing_rules
from services.certificates.certificate.schemas import PersonNames
from services.certificates.certificate.standing import (
    VERDICTS,
    Change,
    StandingRules,
    Timeline,
    Verdict,
    standing_on,
)
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import queries
from services.certificates.verification.name_keys import choose_match
from services.certificates.verification.queries import CertificateFacts
from services.certificates.verification.schemas import Question, RowAnswer, VerificationAnswer
from services.certificates.verification.wording import explain_verdict, read_plain_words
from shared.clock import civil_date
from shared.db import Pool
from shared.errors import FieldError, RuleViolation
from shared.locale.translator import Translator
from shared.person_likeness import Likeness, compare_people
from shared.person_names import join_name


@dataclass(frozen=True, slots=True)
class VerificationDate:
    """The day that a question is about, and the civil date and instant of asking."""

    day: date
    today: date
    now: datetime

    @classmethod
    def resolve(cls, on: date | None, now: datetime, zone: ZoneInfo) -> "VerificationDate":
        """The date of a question about the day `on`, or about today without one.

        Raises `RuleViolation` for a future day.
        """
        today = civil_date(now, zone)
        if on is not None and on > today:
            raise RuleViolation(
                "verification.on",
                f"Nobody knows the future: ask for a day up to {today}.",
                field="#query/on",
                values={"today": today},
            )
        return cls(on or today, today, now)


@dataclass(frozen=True, slots=True)
class Verifier:
    """What answers the questions of one request or one batch: all of them about the same day.

    `words` are those of the client's language; answers that are kept for later are in English.
    """

    pool: Pool
    verification_date: VerificationDate
    settings: CertificatesSettings
    words: Translator = field(default_factory=read_plain_words)

    @classmethod
    def about(
        cls,
        pool: Pool,
        on: date | None,
        now: datetime,
        settings: CertificatesSettings,
        words: Translator | None = None,
    ) -> "Verifier":
        """A verifier about the day `on`, or about today without one.

        Raises `RuleViolation` for a future day.
        """
        verification_date = VerificationDate.resolve(on, now, settings.time_zone)
        return cls(pool, verification_date, settings, words or read_plain_words())


async def verify_number(verifier: Verifier, number: str, issued_on: date) -> VerificationAnswer:
    """Looks a certificate up by number and date of issue, and answers how it stands."""
    certificate = await queries.get_certificate_facts(verifier.pool, number, issued_on)
    return verify(verifier, certificate)


async def verify_rows(
    verifier: Verifier, rows: Sequence[Question | list[FieldError]], first_row: int
) -> list[RowAnswer]:
    """Answers each row, numbered from `first_row`; a bad row gets its errors instead."""
    numbers = [row.number for row in rows if not isinstance(row, list)]
    certificates = await queries.list_certificate_facts(verifier.pool, numbers)
    row_answers: list[RowAnswer] = []
    for row_number, row in enumerate(rows, first_row):
        if isinstance(row, list):
            row_answers.append({"row": row_number, "answer": None, "errors": row})
            continue
        certificate = certificates.get(row.number)
        if certificate is not None and certificate.issued_on != row.issued_on:
            certificate = None
        answer = verify(verifier, certificate)
        row_answers.append({"row": row_number, "answer": answer, "errors": []})
    return row_answers


async def match_holder_name(pool: Pool, certificate_id: UUID, name: PersonNames) -> bool | None:
    """Whether these are the names on the certificate or on one of its duplicates.

    None where they may be, and only a person who sees more than the names can tell.
    """
    claimed_name = join_name(name.family_name, name.given_name, name.patronymic)
    likenesses = [
        compare_people(
            claimed_name, join_name(holder.family_name, holder.given_name, holder.patronymic)
        )
        for holder in await queries.list_holder_names(pool, certificate_id)
    ]
    return choose_match([_MATCHES[likeness] for likeness in likenesses])


_MATCHES = {Likeness.SAME: True, Likeness.PERHAPS: None, Likeness.DIFFERENT: False}
"""What verification says of each likeness of names."""


_LATEST_INSTANT = datetime.max.replace(tzinfo=UTC)


def _not_found_answer(day: date, words: Translator) -> VerificationAnswer:
    """The answer when no certificate has this number and date; which is wrong is not said."""
    return {
        "verdict": Verdict.NOT_FOUND,
        "valid": False,
        "explanation": explain_verdict(words, Verdict.NOT_FOUND),
        "checked_on": day,
        "certificate": None,
        "successor": None,
        "recheck_on": None,
        "known_at_the_time": None,
        "name_matches": None,
        "evidence": None,
    }


def verify(verifier: Verifier, certificate: CertificateFacts | None) -> VerificationAnswer:
    """Answers how a certificate stood on a day; of a past day, also by what was known then."""
    verification_date = verifier.verification_date
    if certificate is None:
        return _not_found_answer(verification_date.day, verifier.words)
    answer, ends_on = compute_standing_answer(
        certificate.issued_on,
        certificate.valid_until,
        _list_known_changes(certificate.changes, verification_date.now),
        verification_date.day,
        verification_date.today,
        standing_rules(verifier.settings),
        verifier.settings.time_zone,
        verifier.words,
    )
    if answer["verdict"] is Verdict.NOT_FOUND:
        return _not_found_answer(verification_date.day, verifier.words)
    return {
        **answer,
        "certificate": {
            "number": certificate.number,
            "qualification": certificate.qualification,
            "level": certificate.level,
            "registry_number": certificate.registry_number,
            "term_confirmed": certificate.term_confirmed,
            "council": certificate.council,
            "issued_on": certificate.issued_on,
            "valid_until": certificate.valid_until,
            "ends_on": ends_on,
        },
    }


def _list_known_changes(changes: tuple[Change, ...], now: datetime) -> tuple[Change, ...]:
    """The changes that were recorded until now."""
    return tuple(change for change in changes if change.recorded_at <= now)


# Certificates of one day, one term and the same changes are worth the same, so this is worked out
# once for all of them, and for all who ask on one day in one language: the instant of asking is no
# parameter.
@lru_cache(maxsize=10_000)
def compute_standing_answer(
    issued_on: date,
    valid_until: date,
    known_changes: tuple[Change, ...],
    day: date,
    today: date,
    rules: StandingRules,
    zone: ZoneInfo,
    words: Translator,
) -> tuple[VerificationAnswer, date]:
    """The answer without the printed facts of the certificate, and its end by all changes."""
    timeline = Timeline.known_at(issued_on, valid_until, known_changes, _LATEST_INSTANT)
    current_standing = standing_on(timeline, day, rules)
    verdict_at_the_time = None
    if day < today:
        day_end = datetime.combine(day + timedelta(days=1), time(0), zone)
        last_instant = day_end - timedelta(microseconds=1)
        timeline = Timeline.known_at(issued_on, valid_until, known_changes, last_instant)
        verdict_at_the_time = standing_on(timeline, day, rules).verdict
    answer: VerificationAnswer = {
        "verdict": current_standing.verdict,
        "valid": VERDICTS[current_standing.verdict].proves,
        "explanation": explain_verdict(
            words, current_standing.verdict, current_standing.ends_on, current_standing.successor
        ),
        "checked_on": day,
        "certificate": None,
        "successor": current_standing.successor,
        "recheck_on": current_standing.recheck_on if day == today else None,
        "known_at_the_time": verdict_at_the_time,
        "name_matches": None,
        "evidence": None,
    }
    return answer, current_standing.ends_on


def count_unknown(row_answers: Sequence[RowAnswer]) -> int:
    """The number of rows that asked about certificates which do not exist."""
    return sum(
        row["answer"] is not None and row["answer"]["certificate"] is None for row in row_answers
    )
