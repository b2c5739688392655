"""What must hold for the form (order 706n)."""

from collections.abc import Mapping
from datetime import date, timedelta

from phonenumbers import NumberParseException, is_possible_number
from phonenumbers import parse as parse_phone

from shared.clock import shift_years
from shared.errors import RuleViolation


def check_birth_date(birth_date: date, today: date, youngest_years: int, oldest_years: int) -> None:
    """The applicant is of an age at which people apply. Raises `RuleViolation`."""
    earliest = date(today.year - oldest_years, 1, 1)
    latest = shift_years(today, -youngest_years)
    if not earliest <= birth_date <= latest:
        raise RuleViolation(
            "applicant.birth_date",
            f"The applicant was born between {earliest} and {latest}. Correct the day.",
            field="/applicant/birth_date",
            values={"earliest": earliest, "latest": latest},
        )


def check_recertified_issue(issued_on: date, birth_date: date, today: date) -> None:
    """The followed certificate was issued in the applicant's life. Raises `RuleViolation`."""
    if not birth_date < issued_on <= today:
        raise RuleViolation(
            "recertifies.issued_on",
            "The certificate was issued after the applicant's birth, and not later than today. "
            "Correct the day.",
            field="/recertifies/issued_on",
        )


def check_receipt(received_on: date, today: date, paper_days: int) -> None:
    """An application came today, or on paper not long ago. Raises `RuleViolation`."""
    earliest = today - timedelta(days=paper_days)
    if not earliest <= received_on <= today:
        raise RuleViolation(
            "application.received_on",
            f"The application came between {earliest} and {today}, today. Correct the day.",
            field="/received_on",
            values={"earliest": earliest, "today": today},
        )


def check_passport_age(birth_date: date, issued_on: date, passport_years: int) -> None:
    """A passport of Russia was issued to nobody too young. Raises `RuleViolation`."""
    earliest = shift_years(birth_date, passport_years)
    if issued_on < earliest:
        raise RuleViolation(
            "identity_document.passport_age",
            f"A passport of Russia is issued from the age of {passport_years}: this one on "
            f"{earliest} or later. Correct the day of issue or of birth.",
            field="/identity_document/issued_on",
            values={"years": passport_years, "earliest": earliest},
        )


def check_notification_channel(channel: str | None, contacts: Mapping[str, str | None]) -> None:
    """The applicant gave the contact by which they ask to be notified (decree 1204, item 9)."""
    if channel is not None and contacts.get(channel, "") is None:
        raise RuleViolation(
            "applicant.notification_channel",
            f"You ask to be told by {channel}: give it, or choose another channel.",
            field=f"/applicant/{channel}",
        )


def check_phone(phone: str | None, country: str) -> None:
    """The telephone number can exist by its country's numbering plan. Raises `RuleViolation`.

    `country` is the ISO 3166 code of the country whose numbers are written without a code.
    """
    if phone is None:
        return
    try:
        can_exist = is_possible_number(parse_phone(phone, country))
    except NumberParseException:
        can_exist = False
    if not can_exist:
        raise RuleViolation(
            "applicant.phone",
            "This is no telephone number. Write it with its country's code, such as "
            "+7 495 000-00-00.",
            field="/applicant/phone",
        )


def check_representative(
    basis: str, document_number: str | None, valid_until: date | None, today: date
) -> None:
    """A power of attorney has its number and has not ended. Raises `RuleViolation`."""
    if basis == "power_of_attorney" and document_number is None:
        raise RuleViolation(
            "representative.power_of_attorney",
            "Name the power of attorney by its number.",
            field="/representative/document_number",
        )
    if valid_until is not None and valid_until < today:
        raise RuleViolation(
            "representative.power_of_attorney",
            f"The power of attorney ended on {valid_until}.",
            field="/representative/valid_until",
        )
