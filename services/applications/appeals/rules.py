"""Appeals: who may file one, on which grounds, how the commission decides. No I/O.

238-FZ, art. 4(6); order 701n.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from services.applications.application.status import REOPENINGS, Command, Status
from shared.errors import RuleViolation
from shared.person_likeness import Likeness, compare_people


class Appellant(StrEnum):
    """The parties that may file an appeal (238-FZ, art. 4(6))."""

    APPLICANT = "applicant"
    EMPLOYER = "employer"
    PAYER = "payer"
    REPRESENTATIVE = "representative"


class AppealGround(StrEnum):
    """The closed list of grounds for an appeal (order 701n, item 4)."""

    ACCEPTANCE_REFUSED = "acceptance_refused"
    RESULT_DISPUTED = "result_disputed"
    PROCEDURE_BREACHED = "procedure_breached"
    DOCUMENT_LATE_OR_WRONG = "document_late_or_wrong"
    REGISTRY_RECORD_MISSING = "registry_record_missing"


class AppealOutcome(StrEnum):
    """The outcomes that the appeals commission can decide."""

    SATISFIED = "satisfied"
    SATISFIED_PARTLY = "satisfied_partly"
    REFUSED = "refused"


class Remedy(StrEnum):
    """What a satisfied appeal does to the application; the commission chooses it.

    To rectify takes no step anew: the centre mends what can be mended.
    """

    REVIEW_ANEW = "review_anew"
    EXAMINE_ANEW = "examine_anew"
    DECIDE_ANEW = "decide_anew"
    DELIVER = "deliver"
    RECTIFY = "rectify"


REOPENING_COMMANDS = {
    Remedy.REVIEW_ANEW: Command.REOPEN_REVIEW,
    Remedy.EXAMINE_ANEW: Command.REOPEN_EXAMINATION,
    Remedy.DECIDE_ANEW: Command.REOPEN_DECISION,
}
"""The step back that a remedy takes; the other remedies change no status."""

REMEDIES_BY_GROUND = {
    AppealGround.ACCEPTANCE_REFUSED: {Remedy.REVIEW_ANEW},
    AppealGround.RESULT_DISPUTED: {Remedy.EXAMINE_ANEW, Remedy.DECIDE_ANEW},
    AppealGround.PROCEDURE_BREACHED: {*REOPENING_COMMANDS, Remedy.RECTIFY},
    AppealGround.DOCUMENT_LATE_OR_WRONG: {Remedy.DELIVER},
    AppealGround.REGISTRY_RECORD_MISSING: {Remedy.DELIVER},
}

_SUBMITTED_STATUSES = frozenset(Status) - {Status.DRAFT}
STATUSES_BY_GROUND = {
    AppealGround.ACCEPTANCE_REFUSED: frozenset({Status.DECLINED, Status.RETURNED}),
    AppealGround.RESULT_DISPUTED: frozenset(
        {Status.APPROVED, Status.CERTIFIED, Status.NOT_CONFIRMED, Status.CLOSED}
    ),
    AppealGround.PROCEDURE_BREACHED: _SUBMITTED_STATUSES,
    AppealGround.DOCUMENT_LATE_OR_WRONG: _SUBMITTED_STATUSES,
    AppealGround.REGISTRY_RECORD_MISSING: _SUBMITTED_STATUSES,
}
"""Where what a ground complains of stands."""


class PanelMember(Protocol):
    """A member of the appeals commission at a hearing."""

    @property
    def name(self) -> str:
        """The member's full name."""

    @property
    def present(self) -> bool:
        """Whether the member is in the room or takes part remotely."""

    @property
    def in_favour(self) -> bool | None:
        """The member's vote; None when they did not vote."""

    @property
    def conflict(self) -> bool:
        """Whether the member declared a conflict of interest."""


def check_filing_days(informed_on: date, filed_on: date, today: date, last_day: date) -> None:
    """An appeal is filed from the day of being informed of the results to the limit's last day.

    238-FZ, art. 4(6). Raises `RuleViolation`.
    """
    if not informed_on <= filed_on <= today:
        raise RuleViolation(
            "appeal.day",
            "An appeal is filed on or after the day of being informed, and not in the future.",
            field="/filed_on",
        )
    if filed_on > last_day:
        raise RuleViolation(
            "appeal.too_late",
            f"An appeal could be filed until {last_day}.",
            field="/filed_on",
            extra={"last_day": last_day.isoformat()},
            values={"last_day": last_day},
        )


def check_appellant(appellant: Appellant, payer_kind: str | None) -> None:
    """The employer and another payer appeal only where they are a party (238-FZ, art. 4(6)).

    `payer_kind` is None when the application names no payer. Raises `RuleViolation`.
    """
    payers_by_appellant = {Appellant.EMPLOYER: {"employer"}, Appellant.PAYER: {"employer", "other"}}
    if appellant in payers_by_appellant and payer_kind not in payers_by_appellant[appellant]:
        raise RuleViolation(
            "appeal.appellant",
            f"This application has no such party: it is paid by {payer_kind or 'nobody named'}.",
            field="/appellant",
        )


def check_appealable(ground: AppealGround, status: Status) -> None:
    """The application is in a status that this ground can be appealed in.

    Raises `RuleViolation`.
    """
    appealable_statuses = STATUSES_BY_GROUND[ground]
    if status not in appealable_statuses:
        raise RuleViolation(
            "appeal.nothing_to_appeal",
            f"On this ground an appeal is possible when the application is "
            f"{' or '.join(sorted(appealable_statuses))}; it is {status}.",
            field="/ground",
        )


def check_hearing_notice(
    notified_on: date, hearing_on: date, today: date, notice_days: int
) -> None:
    """The appellant is notified of the hearing early enough (order 701n).

    Raises `RuleViolation`.
    """
    if notified_on > today:
        raise RuleViolation("appeal.day", "Nobody was told in the future.", field="/notified_on")
    if hearing_on < notified_on + timedelta(days=notice_days):
        raise RuleViolation(
            "appeal.short_notice",
            f"The appellant is told at least {notice_days} calendar days before the hearing: not "
            f"before {notified_on + timedelta(days=notice_days)}.",
            field="/starts_at",
            values={"number": notice_days},
        )


def check_hearing_held(hearing_at: datetime, now: datetime) -> None:
    """A decision is recorded only after the hearing began. Raises `RuleViolation`."""
    if now < hearing_at:
        raise RuleViolation(
            "appeal.not_heard", f"The hearing is at {hearing_at.isoformat()}; decide after it."
        )


def check_panel(members: Sequence[PanelMember], chair: str, minimum_members: int) -> None:
    """Enough members, half of them present, the chair among these (order 701n).

    Raises `RuleViolation`.
    """
    if len(members) < minimum_members:
        raise RuleViolation(
            "appeal.panel",
            f"The commission has at least {minimum_members} different members. Name all of them.",
            field="/members",
            values={"number": minimum_members},
        )
    for index, member in enumerate(members):
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
    if not any(member.present and _is_chair(member, chair) for member in members):
        raise RuleViolation(
            "appeal.chair", "The chair is one of the members present.", field="/chair"
        )


def refuse_partial_member(field: str | None) -> RuleViolation:
    """Nobody hears an appeal who examined the candidate, decided on them, or is a party."""
    return RuleViolation(
        "appeal.impartiality",
        "Who examined the candidate or decided on them, and the parties, do not hear the appeal.",
        field=field,
    )


def refuse_repeated_member(field: str | None) -> RuleViolation:
    """Nobody hears an appeal, and votes, twice."""
    return RuleViolation(
        "appeal.repeated",
        "Each member of the commission stands once. Leave one out.",
        field=field,
    )


def _is_chair(member: PanelMember, chair: str) -> bool:
    """Whether the member is the chair, by their names."""
    return compare_people(member.name, chair) is Likeness.SAME


def is_satisfied_by_votes(members: Sequence[PanelMember], chair: str) -> bool:
    """Whether the votes satisfy the appeal; with equal votes the chair's decides.

    Raises `RuleViolation` when nobody voted, or on a tie without the chair's vote.
    """
    votes = [member.in_favour for member in members if member.in_favour is not None]
    if not votes:
        raise RuleViolation("appeal.vote", "Nobody voted. Enter the votes.", field="/members")
    if 2 * sum(votes) != len(votes):
        return 2 * sum(votes) > len(votes)
    for member in members:
        if _is_chair(member, chair) and member.in_favour is not None:
            return member.in_favour
    raise RuleViolation(
        "appeal.tie", "The votes are equal and the chair did not vote.", field="/chair"
    )


def list_remedies(
    ground: AppealGround, status: Status, *, has_consent: bool, has_examination: bool
) -> set[Remedy]:
    """The remedies that a satisfied appeal has while the application is in a status.

    Those of its ground that can be reached from there: a review needs the person's consent, a
    decision an examination. Where what was complained of stands no more, as when the centre has
    accepted the application meanwhile, nothing is done anew: it can only be rectified.
    """
    reachable_commands = REOPENINGS.allowed_commands(status)
    remedies = {
        remedy
        for remedy in REMEDIES_BY_GROUND[ground]
        if remedy not in REOPENING_COMMANDS or REOPENING_COMMANDS[remedy] in reachable_commands
    }
    if not has_consent:
        remedies.discard(Remedy.REVIEW_ANEW)
    if not has_examination:
        remedies.discard(Remedy.DECIDE_ANEW)
    is_standing = status in STATUSES_BY_GROUND[ground]
    return remedies if is_standing and remedies else {Remedy.RECTIFY}


def check_outcome(
    outcome: AppealOutcome, remedy: Remedy | None, remedies: set[Remedy], *, satisfied: bool
) -> None:
    """The outcome agrees with the votes, and the remedy is one of those that it can have.

    Raises `RuleViolation`.
    """
    if (outcome is not AppealOutcome.REFUSED) != satisfied:
        raise RuleViolation(
            "appeal.outcome",
            f"The votes {'satisfy' if satisfied else 'refuse'} the appeal. Correct the outcome or "
            "them.",
            field="/outcome",
        )
    possible_remedies = sorted(remedies) if satisfied else []
    is_possible = remedy in remedies if satisfied else remedy is None
    if not is_possible:
        raise RuleViolation(
            "appeal.remedy",
            f"Here the remedy is {' or '.join(possible_remedies) or 'left out'}.",
            field="/remedy",
            extra={"possible": possible_remedies},
        )
