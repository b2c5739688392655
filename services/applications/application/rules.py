"""Rules of days and persons that hold in every step."""

from datetime import date

from shared.errors import RuleViolation


def check_day(day: date, field: str, earliest: date, today: date) -> None:
    """The day lies from `earliest` to `today`, both included. Raises `RuleViolation`."""
    if not earliest <= day <= today:
        raise RuleViolation(
            "procedure.day",
            f"The day must be from {earliest} to {today}, today. Correct it.",
            field=field,
            values={"earliest": earliest, "today": today},
        )


def check_issue_date(issued_on: date, birth_date: date, today: date, pointer: str) -> None:
    """A person's document was issued within their life, and not in the future.

    `pointer` is the JSON pointer of the field. Raises `RuleViolation`.
    """
    if not birth_date <= issued_on <= today:
        raise RuleViolation(
            "document.issued_on",
            f"The document was issued between {birth_date} and {today}. Correct the day.",
            field=pointer,
        )
