"""What the public page says about a certificate: the verdict in words, with its day and ground."""

from dataclasses import dataclass
from datetime import date

from services.certificates.certificate.standing import (
    VERDICTS,
    Change,
    Timeline,
    Verdict,
    VerdictFamily,
)
from services.certificates.verification.answers import Verifier, verify
from services.certificates.verification.queries import CertificateFacts
from services.certificates.verification.schemas import VerificationAnswer, VerifiedCertificate
from shared.clock import civil_date

NOT_YET_ISSUED = "not_yet_issued"
"""The certificate exists, but did not on the day asked about.

Only the page says so, to whom number and date of issue are known; others are told `not_found`.
"""


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict as the page tells it; `name` ends its messages' keys `verdict.<name>`.

    `since` is the day on which the verdict began, None where it has none or nobody knows it.
    `days_left` is how many days the certificate is still valid, where that is soon; `successor` the
    holder's newer one.
    """

    name: str
    family: VerdictFamily
    checked_on: date
    is_past: bool
    certificate: VerifiedCertificate | None = None
    since: date | None = None
    days_left: int | None = None
    successor: str | None = None
    successor_issued_on: date | None = None
    known_at_the_time: Verdict | None = None

    @property
    def is_renewable(self) -> bool:
        """Whether its renewal is worth a word: it is valid today, and has not been renewed."""
        is_valid = self.family is VerdictFamily.YES and not self.is_past
        return is_valid and self.successor is None


def build_view(
    verifier: Verifier, facts: CertificateFacts | None, successor: CertificateFacts | None = None
) -> VerdictView:
    """What the page says about this certificate, or about one that was not found.

    `successor` is the certificate that took its place, where there is one.
    """
    answer = verify(verifier, facts)
    day = verifier.verification_date.day
    is_past = day < verifier.verification_date.today
    if facts is not None and day < facts.issued_on:
        return VerdictView(
            NOT_YET_ISSUED, VerdictFamily.UNKNOWN, day, is_past, _describe_before_issue(facts)
        )
    verdict, certificate = answer["verdict"], answer["certificate"]
    family = VERDICTS[verdict].family
    if facts is None or certificate is None:
        return VerdictView(verdict, family, day, is_past)
    ends_on = certificate["ends_on"]
    return VerdictView(
        verdict,
        family,
        day,
        is_past,
        certificate,
        since=_find_beginning(verifier, facts, verdict, ends_on),
        days_left=(ends_on - day).days if verdict is Verdict.EXPIRING and not is_past else None,
        successor=answer["successor"],
        successor_issued_on=successor.issued_on if successor else None,
        known_at_the_time=_known_otherwise(answer),
    )


def _known_otherwise(answer: VerificationAnswer) -> Verdict | None:
    """The verdict by what was known on the day, where it proved what the answer does not.

    Or the reverse.
    """
    known_verdict = answer["known_at_the_time"]
    if known_verdict is None or VERDICTS[known_verdict].proves == answer["valid"]:
        return None
    return known_verdict


def _describe_before_issue(facts: CertificateFacts) -> VerifiedCertificate:
    return {
        "number": facts.number,
        "qualification": facts.qualification,
        "level": facts.level,
        "registry_number": facts.registry_number,
        "term_confirmed": facts.term_confirmed,
        "council": facts.council,
        "issued_on": facts.issued_on,
        "valid_until": facts.valid_until,
        "ends_on": facts.valid_until,
    }


def _find_beginning(
    verifier: Verifier, facts: CertificateFacts, verdict: Verdict, ends_on: date
) -> date | None:
    """The day from which the verdict holds.

    An annulment is in effect from the issue, so people are told the day on which it was decided.
    """
    if verdict is Verdict.EXPIRED:
        return ends_on
    timeline = Timeline.known_at(
        facts.issued_on, facts.valid_until, facts.changes, verifier.verification_date.now
    )
    day = verifier.verification_date.day
    change: Change | None = (
        timeline.final_change_on(day)
        or (timeline.supersession_on(day) if verdict is Verdict.SUPERSEDED else None)
        or timeline.suspension_on(day)
    )
    if change is None or VERDICTS[verdict].proves:
        return None
    if verdict is Verdict.ANNULLED:
        return civil_date(change.recorded_at, verifier.settings.time_zone)
    return change.effective_on
