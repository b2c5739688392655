"""Appeals: who, on which grounds, how the commission decides (238-FZ, art. 4(6); order 701n)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from services.applications.application.rules import same_person
from services.applications.application.status import Command, Status
from shared.errors import RuleViolation


class Appellant(StrEnum):
    """Who may appeal."""

    APPLICANT = "applicant"
    EMPLOYER = "employer"
    PAYER = "payer"
    REPRESENTATIVE = "representative"


class Ground(StrEnum):
    """The closed list of grounds (order 701n, item 4)."""

    ACCEPTANCE_REFUSED = "acceptance_refused"
    RESULT_DISPUTED = "result_disputed"
    PROCEDURE_BREACHED = "procedure_breached"
    DOCUMENT_LATE_OR_WRONG = "document_late_or_wrong"
    REGISTRY_RECORD_MISSING = "registry_record_missing"


class Outcome(StrEnum):
    """What the commission decides."""

    SATISFIED = "satisfied"
    SATISFIED_PARTLY = "satisfied_partly"
    REFUSED = "refused"


class Remedy(StrEnum):
    """What a satisfied appeal does to the application; the commission names it."""

    REVIEW_ANEW = "review_anew"
    EXAMINE_ANEW = "examine_anew"
    DECIDE_ANEW = "decide_anew"
    DELIVER = "deliver"


REOPENS = {
    Remedy.REVIEW_ANEW: Command.REOPEN_REVIEW,
    Remedy.EXAMINE_ANEW: Command.REOPEN_EXAMINATION,
    Remedy.DECIDE_ANEW: Command.REOPEN_DECISION,
}
"""The step back that a remedy takes; to deliver what is due changes no status."""

FITTING = {
    Ground.ACCEPTANCE_REFUSED: {Remedy.REVIEW_ANEW},
    Ground.RESULT_DISPUTED: {Remedy.EXAMINE_ANEW, Remedy.DECIDE_ANEW},
    Ground.PROCEDURE_BREACHED: {Remedy.REVIEW_ANEW, Remedy.EXAMINE_ANEW, Remedy.DECIDE_ANEW},
    Ground.DOCUMENT_LATE_OR_WRONG: {Remedy.DELIVER},
    Ground.REGISTRY_RECORD_MISSING: {Remedy.DELIVER},
}


class Member(Protocol):
    """A member of the commission at a hearing."""

    @property
    def name(self) -> str:
        """Who it is."""

    @property
    def present(self) -> bool:
        """In the room or remotely."""

    @property
    def in_favour(self) -> bool | None:
        """The vote; None: did not vote."""

    @property
    def conflict(self) -> bool:
        """Declared a conflict of interest."""


def check_filing(informed_on: date, filed_on: date, today: date, days: int) -> None:
    """Within so many calendar days of being informed of the results (238-FZ, art. 4(6))."""
    if not informed_on <= filed_on <= today:
        raise RuleViolation(
            "appeal.day",
            "An appeal is filed on or after the day of being informed, and not in the future.",
            field="/filed_on",
        )
    last = informed_on + timedelta(days=days)
    if filed_on > last:
        raise RuleViolation(
            "appeal.too_late",
            f"An appeal can be filed within {days} calendar days: it was until {last}.",
            field="/filed_on",
            extra={"last_day": last.isoformat()},
        )


def check_appellant(appellant: Appellant, payer: str | None) -> None:
    """The employer and another payer appeal where they are a party (238-FZ, art. 4(6))."""
    party = {Appellant.EMPLOYER: {"employer"}, Appellant.PAYER: {"employer", "other"}}
    if appellant in party and payer not in party[appellant]:
        raise RuleViolation(
            "appeal.appellant",
            f"This application has no such party: it is paid by {payer or 'nobody named'}.",
            field="/appellant",
        )


def check_appealable(ground: Ground, status: Status) -> None:
    """There is something to appeal against."""
    reached = {
        Ground.ACCEPTANCE_REFUSED: {Status.DECLINED, Status.RETURNED},
        Ground.RESULT_DISPUTED: {Status.NOT_CONFIRMED, Status.CLOSED},
    }.get(ground, set(Status) - {Status.DRAFT})
    if status not in reached:
        raise RuleViolation(
            "appeal.nothing_to_appeal",
            f"On this ground an appeal is possible when the application is "
            f"{' or '.join(sorted(reached))}; it is {status}.",
            field="/ground",
        )


def check_hearing(told_on: date, hearing_on: date, today: date, notice_days: int) -> None:
    """The appellant is told of the hearing early enough (order 701n)."""
    if told_on > today:
        raise RuleViolation("appeal.day", "Nobody was told in the future.", field="/told_on")
    if hearing_on < told_on + timedelta(days=notice_days):
        raise RuleViolation(
            "appeal.short_notice",
            f"The appellant is told at least {notice_days} calendar days before the hearing: not "
            f"before {told_on + timedelta(days=notice_days)}.",
            field="/starts_at",
        )


def check_heard(hearing_at: datetime, now: datetime) -> None:
    """A decision follows the hearing."""
    if now < hearing_at:
        raise RuleViolation(
            "appeal.not_heard", f"The hearing is at {hearing_at.isoformat()}; decide after it."
        )


def check_panel(
    members: Sequence[Member], chair: str, excluded: Sequence[str], minimum: int
) -> None:
    """Enough members, a quorum of half, none of whom examined or decided (order 701n)."""
    names = [same_person(member.name) for member in members]
    if len(set(names)) < minimum:
        raise RuleViolation(
            "appeal.panel",
            f"The commission has at least {minimum} different members. Name all of them.",
            field="/members",
        )
    barred = {same_person(name) for name in excluded}
    for index, member in enumerate(members):
        if same_person(member.name) in barred:
            raise RuleViolation(
                "appeal.impartiality",
                "Who examined the candidate or decided on them does not hear the appeal.",
                field=f"/members/{index}/name",
            )
        if member.in_favour is not None and (member.conflict or not member.present):
            raise RuleViolation(
                "appeal.vote",
                "Who has a conflict of interest or is not there does not vote.",
                field=f"/members/{index}/in_favour",
            )
    if 2 * sum(member.present for member in members) < len(members):
        raise RuleViolation(
            "appeal.quorum", "At least half of the members must be present.", field="/members"
        )
    if same_person(chair) not in {same_person(member.name) for member in members if member.present}:
        raise RuleViolation(
            "appeal.chair", "The chair is one of the members present.", field="/chair"
        )


def majority(members: Sequence[Member], chair: str) -> bool:
    """Whether the votes satisfy the appeal; with equal votes the chair's counts."""
    votes = [member.in_favour for member in members if member.in_favour is not None]
    if not votes:
        raise RuleViolation("appeal.vote", "Nobody voted. Enter the votes.", field="/members")
    if 2 * sum(votes) != len(votes):
        return 2 * sum(votes) > len(votes)
    for member in members:
        if same_person(member.name) == same_person(chair) and member.in_favour is not None:
            return member.in_favour
    raise RuleViolation(
        "appeal.tie", "The votes are equal and the chair did not vote.", field="/chair"
    )


def check_outcome(outcome: Outcome, remedy: Remedy | None, ground: Ground, *, won: bool) -> None:
    """The outcome is that of the votes, and its remedy fits the ground."""
    if (outcome is not Outcome.REFUSED) != won:
        raise RuleViolation(
            "appeal.outcome",
            f"The votes {'satisfy' if won else 'refuse'} the appeal. Correct the outcome or them.",
            field="/outcome",
        )
    fitting: set[Remedy] = FITTING[ground] if won else set()
    if remedy not in fitting and not (remedy is None and not fitting):
        raise RuleViolation(
            "appeal.remedy",
            f"Here the remedy is {' or '.join(sorted(fitting)) or 'left out'}.",
            field="/remedy",
        )
