"""What must hold for the form (order 706n)."""

from collections.abc import Mapping
from datetime import date

from shared.errors import RuleViolation


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
