"""The form of the public page: what a person asks, and what is wrong with it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.certificates.certificate.number import is_number
from shared.pages.forms import FormFields, read_day
from shared.values.days import parse_day
from shared.values.pasted import clean_code, drop_number_sign


class QuestionFault(StrEnum):
    """What is wrong with a question; the field stands before the full stop.

    The words are the messages `fault.<value>`.
    """

    NUMBER_MISSING = "number.missing"
    NUMBER_FORM = "number.form"
    ISSUED_ON_MISSING = "issued_on.missing"
    ISSUED_ON_FORM = "issued_on.form"
    ISSUED_ON_FUTURE = "issued_on.future"
    ON_FORM = "on.form"
    ON_FUTURE = "on.future"

    @property
    def field(self) -> str:
        """The field's name in the form."""
        return self.value.partition(".")[0]


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A certificate as a person asks about it; `on` is a past day, or None for today."""

    number: str
    issued_on: date
    on: date | None

    @property
    def address(self) -> str | None:
        """The address of the answer, below the language; None for a number with a slash."""
        if "/" in self.number:
            return None
        query = f"?on={self.on}" if self.on else ""
        return f"/verify/{self.number}/{self.issued_on}{query}"

    def to_form_values(self) -> FormFields:
        """The question as values of the form's fields."""
        values = {"number": self.number, "issued_on": self.issued_on.isoformat()}
        return values | ({"on": self.on.isoformat()} if self.on else {})


def read_question(fields: FormFields, today: date) -> PageQuestion | list[QuestionFault]:
    """The question in the form's fields, or all that is wrong with it.

    A certificate of a coming day cannot be asked about, nor how one will stand then: this is said
    before anything is looked up, and costs no try.
    """
    faults: list[QuestionFault] = []
    number = clean_number(fields.get("number", ""))
    if not number:
        faults.append(QuestionFault.NUMBER_MISSING)
    elif not is_number(number):
        faults.append(QuestionFault.NUMBER_FORM)
    issued_on = _read_past_day(fields, "issued_on", today)
    if issued_on is None:
        faults.append(QuestionFault.ISSUED_ON_MISSING)
    elif isinstance(issued_on, QuestionFault):
        faults.append(issued_on)
    on = _read_past_day(fields, "on", today)
    if isinstance(on, QuestionFault):
        faults.append(on)
    if faults:
        return faults
    assert isinstance(issued_on, date), "its absence is a fault"
    assert not isinstance(on, QuestionFault), "it would be among the faults"
    return PageQuestion(number, issued_on, None if on == today else on)


def clean_number(text: str) -> str:
    """A number as it is stored, of one that was typed or pasted: without blanks and `№`."""
    return clean_code(drop_number_sign(text))


def _read_past_day(fields: FormFields, name: str, today: date) -> date | QuestionFault | None:
    """The day in a field, at most today; None for a blank one."""
    day_text = read_day(fields, name)
    if day_text is None:
        return None
    try:
        day = parse_day(day_text)
    except ValueError:
        return QuestionFault(f"{name}.form")
    return day if day <= today else QuestionFault(f"{name}.future")
