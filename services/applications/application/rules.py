"""Rules of days and persons that hold in every step."""

from datetime import date

from shared.errors import RuleViolation


def check_day(day: date, field: str, earliest: date, today: date) -> None:
    """A day on which the thing can have happened: not before `earliest`, not in the future."""
    if not earliest <= day <= today:
        raise RuleViolation(
            "procedure.day",
            f"The day must be from {earliest} to {today}, today. Correct it.",
            field=field,
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
