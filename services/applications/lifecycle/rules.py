"""What must hold for a step that the state allows: rules of law and of the scheme.

Each function returns when its rule holds and raises `RuleViolation`, naming the field, when not.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

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


def check_remarks(
    remarks: Sequence[tuple[str | None, UUID | None]],
    documents: Collection[UUID],
    pointers: Collection[str],
) -> None:
    """An application is returned with reasons, each about a field or a document of it.

    `remarks` are pairs of a field and a document, one of which is there. Decree 1204, item 9: the
    centre informs of the result of the review.
    """
    if not remarks:
        raise RuleViolation(
            "review.remarks",
            "Say in the remarks what keeps the application from being admitted.",
            field="/remarks",
        )
    for index, (field, document) in enumerate(remarks):
        if document is not None and document not in documents:
            raise RuleViolation(
                "review.remark_document",
                "The application has no such document.",
                field=f"/remarks/{index}/document_id",
            )
        if field is not None and not any(re.fullmatch(known, field) for known in pointers):
            raise RuleViolation(
                "review.remark_field",
                "The form has no such field. Point into the application, as /applicant/birth_date "
                "does, or at a missing kind of document, as /documents/training does.",
                field=f"/remarks/{index}/field",
            )


def check_day(day: date, field: str, earliest: date, today: date) -> None:
    """A day on which the thing can have happened: not before `earliest`, not in the future."""
    if not earliest <= day <= today:
        raise RuleViolation(
            "procedure.day",
            f"The day must be from {earliest} to {today}, today. Correct it.",
            field=field,
        )


def result(scores: Sequence[tuple[float, float]]) -> Result:
    """A part is passed when every criterion of the instrument is met (decree 1204, item 14).

    `scores` are pairs of the points got and the points needed.
    """
    return Result.PASSED if all(got >= needed for got, needed in scores) else Result.FAILED


def check_parts(theory: Result, began_on: date, practice: Result | None, held_on: date) -> None:
    """Theory comes first, and decides admission to the practical part (order 601n)."""
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
    if held_on < began_on:
        raise RuleViolation(
            "examination.theory_first",
            "The practical part follows the theoretical one. Correct the days.",
            field="/practice/held_on",
        )


def check_commission(commission: Sequence[tuple[str, bool]], minimum: int) -> None:
    """Enough different people of the centre's own staff (order 759n, item 3).

    `commission` are pairs of a name and whether the person is of the centre's staff.
    """
    if len({same_person(name) for name, _ in commission}) < len(commission):
        raise RuleViolation(
            "examination.commission",
            "Each member of the commission stands once.",
            field="/commission",
        )
    if sum(own for _, own in commission) < minimum:
        raise RuleViolation(
            "examination.commission",
            f"At least {minimum} members of the commission are of the centre's own staff.",
            field="/commission",
        )


def check_impartial(members: Sequence[str], examiners: Sequence[str]) -> None:
    """Nobody decides on a candidate whom they examined (ISO/IEC 17024, clauses 4.2 and 9.4)."""
    examined = {same_person(name) for name in examiners}
    both = [index for index, name in enumerate(members) if same_person(name) in examined]
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


def same_person(name: str) -> str:
    """A name as it is compared: case, ё and spaces do not make another person."""
    return " ".join(name.casefold().replace("ё", "е").split())


def check_issued(issued_on: date, born: date, today: date, pointer: str) -> None:
    """A person's document was issued within their life, and not in the future."""
    if not born <= issued_on <= today:
        raise RuleViolation(
            "document.issued_on",
            f"The document was issued between {born} and {today}. Correct the day.",
            field=pointer,
        )


def check_representative(basis: str, number: str | None, until: date | None, today: date) -> None:
    """Who acts by a power of attorney names it, and it has not ended."""
    if basis == "power_of_attorney" and number is None:
        raise RuleViolation(
            "representative.power_of_attorney",
            "Name the power of attorney by its number.",
            field="/representative/document_number",
        )
    if until is not None and until < today:
        raise RuleViolation(
            "representative.power_of_attorney",
            f"The power of attorney ended on {until}.",
            field="/representative/valid_until",
        )


def check_agreed(agreed_with: Collection[str], *, employer_referred: bool) -> None:
    """Day, time and place are agreed with the applicant, and the employer who referred them.

    Decree 1204, item 9.
    """
    needed = {"applicant"} | ({"employer"} if employer_referred else set())
    if not needed <= set(agreed_with):
        raise RuleViolation(
            "appointment.agreed",
            f"Agree the day with {' and '.join(sorted(needed))}, and say so.",
            field="/agreed_with",
        )


def check_readmission(reason: str | None, *, by_contract: bool) -> None:
    """Who did not appear is examined on another day only as the contract says (decree 1204, 13)."""
    if not by_contract or reason is None:
        raise RuleViolation(
            "appointment.readmission",
            "After a no-show a new day is possible only where the contract gives one: set "
            "'by_contract' and name the clause in 'reason'. Otherwise close the application.",
            field="/by_contract",
        )
