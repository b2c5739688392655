"""What must hold for a step that the state allows: rules of law and of the scheme.

Each function returns when its rule holds and raises `RuleViolation`, naming the field, when not.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from services.applications.lifecycle.requirements import Check
from shared.errors import RuleViolation


class Result(StrEnum):
    """How a part of the examination went."""

    PASSED = "passed"
    FAILED = "failed"


def check_birth_date(born: date, today: date, oldest_years: int) -> None:
    """A real past date, within a human life."""
    if born >= today or today.year - born.year > oldest_years:
        raise RuleViolation(
            "applicant.birth_date",
            "The birth date must lie in the past, within a human life. Correct it.",
            field="/applicant/birth_date",
        )


def check_notification_channel(channel: str | None, contacts: Mapping[str, str | None]) -> None:
    """The centre informs by the channel that the application names (decree 1204, item 9)."""
    if channel is not None and contacts.get(channel, "") is None:
        raise RuleViolation(
            "applicant.notification_channel",
            f"You ask to be told by {channel}: give it, or choose another channel.",
            field=f"/applicant/{channel}",
        )


def check_document(
    kind: str, months: int | None, field: str | None, known: Mapping[str, bool]
) -> None:
    """A kind that the qualification asks for; months and their field where it proves experience."""
    if kind not in known:
        raise RuleViolation(
            "document.kind",
            f"This qualification asks for no such document. Its kinds: {', '.join(sorted(known))}.",
            field="/kind",
            extra={"known_kinds": sorted(known)},
        )
    for name, fact in (("months", months), ("field", field)):
        if known[kind] and fact is None:
            raise RuleViolation(
                "document.facts",
                f"A document of kind {kind} proves experience: state '{name}'.",
                field=f"/{name}",
            )
        if not known[kind] and fact is not None:
            raise RuleViolation(
                "document.facts",
                f"A document of kind {kind} does not prove experience: leave out '{name}'.",
                field=f"/{name}",
            )


def check_admission(found: Check) -> None:
    """Who lacks a required document is not admitted (order 726n, column 9 of the form)."""
    if not found.satisfied:
        raise RuleViolation(
            "application.documents_missing",
            f"Documents are missing: {'; '.join(found.to_bring)}. Return the application, saying "
            "what to bring.",
            extra={"check": found.model_dump(mode="json")},
        )


def check_remarks(remarks: str | None) -> None:
    """An application is returned with reasons (decree 1204, item 9: the centre informs)."""
    if remarks is None:
        raise RuleViolation(
            "review.remarks",
            "Say in the remarks why the application is returned and what to bring.",
            field="/remarks",
        )


def check_day(day: date, field: str, earliest: date, today: date) -> None:
    """A day on which the thing can have happened: not before `earliest`, not in the future."""
    if not earliest <= day <= today:
        raise RuleViolation(
            "procedure.day",
            f"The day must be from {earliest} to {today}, today. Correct it.",
            field=field,
        )


def check_results(theory: Result, practice: Result | None) -> None:
    """The theoretical part decides admission to the practical one (order 601n)."""
    if theory == Result.FAILED and practice is not None:
        raise RuleViolation(
            "examination.theory_first",
            "Who failed the theoretical part is not admitted to the practical one. "
            "Leave 'practice' out.",
            field="/practice",
        )
    if theory == Result.PASSED and practice is None:
        raise RuleViolation(
            "examination.practice_missing",
            "The theoretical part was passed: state the result of the practical one.",
            field="/practice",
        )


def check_commission(examiners: Sequence[str], minimum: int) -> None:
    """The expert commission has enough different people (order 759n, item 3)."""
    if len({_same_person(name) for name in examiners}) < minimum:
        raise RuleViolation(
            "examination.commission",
            f"The examination is held by at least {minimum} different examiners. Name them.",
            field="/examiners",
        )


def check_impartial(members: Sequence[str], examiners: Sequence[str]) -> None:
    """Nobody decides on a candidate whom they examined (ISO/IEC 17024, clauses 4.2 and 9.4)."""
    examined = {_same_person(name) for name in examiners}
    both = [index for index, name in enumerate(members) if _same_person(name) in examined]
    if both:
        raise RuleViolation(
            "decision.impartiality",
            "Who examined the candidate takes no part in the decision. Leave them out.",
            field=f"/members/{both[0]}",
        )


def check_passed(theory: Result, practice: Result | None) -> None:
    """Only who passed both parts is certified (decree 1204, items 14 and 16)."""
    if not theory == practice == Result.PASSED:
        raise RuleViolation(
            "decision.not_passed",
            "The examination was not passed, so the qualification cannot be confirmed. Refuse.",
            field="/outcome",
        )


def _same_person(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").split())
