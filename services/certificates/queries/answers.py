"""What verification answers."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.lifecycle.standing import GOOD, Change, Verdict, standing
from services.certificates.models import Certificate
from services.certificates.queries import certificates as queries
from services.certificates.schemas.verification import Certified, Verification
from services.certificates.settings import CertificatesSettings
from shared.errors import RuleViolation

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


async def verified(
    session: AsyncSession,
    number: str,
    issued_on: date,
    at: date | None,
    now: datetime,
    today: date,
    settings: CertificatesSettings,
) -> Verification:
    """The answer about one certificate. Raises `RuleViolation` for a future day."""
    day = asked_day(at, today)
    found = await queries.issued(session, number, issued_on)
    if found is None:
        return not_found(day)
    changes = await queries.changes(session, [found.id])
    facts = [change.fact() for change in changes[found.id]]
    return verification(found, facts, day, now, today, settings)


def asked_day(at: date | None, today: date) -> date:
    """The day that is asked for: not a future one. Raises `RuleViolation`."""
    if at is not None and at > today:
        raise RuleViolation(
            "verification.at",
            f"Nobody knows the future: ask for a day up to {today}.",
            field="#query/at",
        )
    return at or today


def not_found(day: date) -> Verification:
    """No certificate has this number and date; which of them is wrong is not said."""
    return Verification(
        verdict=Verdict.NOT_FOUND,
        good=False,
        explanation=EXPLANATIONS[Verdict.NOT_FOUND],
        checked_on=day,
        certificate=None,
    )


def verification(
    row: Certificate,
    changes: Sequence[Change],
    day: date,
    now: datetime,
    today: date,
    settings: CertificatesSettings,
) -> Verification:
    """How a certificate stood on a day; of a past one, also by what was known then."""
    warned = settings.expiring_days
    found = standing(row.issued_on, row.valid_until, changes, day, now, warned)
    if found.verdict is Verdict.NOT_FOUND:
        return not_found(day)
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
