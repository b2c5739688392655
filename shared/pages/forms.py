"""The fields of submitted forms, what people mean by them, and a form as it is shown again.

A reader of a field gives what the body of a request takes: `2026-11-25`, `12:00`, `8.5`. What it
does not understand it gives back as it was typed, so that the body's own check refuses it and
names the field.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from starlette.datastructures import ImmutableMultiDict, UploadFile

from shared.values.days import find_day
from shared.values.decimals import find_decimal
from shared.values.pasted import strip_pasted

FormFields = Mapping[str, str]

MAX_ROWS = 100
"""No form shows more rows, whatever it is told."""

_TIME = re.compile(r"(?P<hour>\d{1,2})(?:\s*[:.,h-]\s*|\s+)?(?P<minute>\d{2})", re.ASCII)
_HOUR = re.compile(r"\d{1,2}", re.ASCII)


class DayParts(NamedTuple):
    """A day as its three inputs hold it; the month is a number from 1 to 12, or blank."""

    day: str
    month: str
    year: str


@dataclass(frozen=True, slots=True)
class FormError:
    """What is wrong with a field, in the reader's words.

    `name` is the field's name in the form, without the parts of a day; it is blank where the fault
    is not in one field. `label` names the field in the summary, where several say the same.
    """

    name: str
    message: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class FormState:
    """A form as it is shown: what stands in its fields, and what was refused.

    `values` are raw, as they were typed. A day may also stand whole under its own name, in ISO
    8601: that is how a page gives a field its first value.
    """

    values: FormFields = field(default_factory=dict)
    errors: Sequence[FormError] = ()

    def value(self, name: str) -> str:
        """What stands in the field; blank for nothing."""
        return self.values.get(name, "")

    def messages(self, name: str) -> list[str]:
        """What was refused about the field, in the order of the checks."""
        return [error.message for error in self.errors if error.name == name]

    def day_parts(self, name: str) -> DayParts:
        """What stands in the three inputs of a day; a date typed into one is split."""
        day_text = read_day(self.values, name)
        with suppress(ValueError, TypeError):
            day = date.fromisoformat(day_text)  # type: ignore[arg-type]
            return DayParts(str(day.day), str(day.month), str(day.year))
        return _read_day_parts(self.values, name)

    def understood_decimal(self, name: str) -> Decimal | None:
        """The number that the field means; None for nothing, and for what is no number."""
        text = read_decimal(self.values, name)
        return Decimal(text) if text is not None and find_decimal(text) is not None else None

    @property
    def refused_fields(self) -> int:
        """In how many fields something was refused."""
        return len({error.name for error in self.errors if error.name})


def read_fields(form: ImmutableMultiDict[str, UploadFile | str]) -> dict[str, str]:
    """The fields of a form, or of an address's query, as trimmed text.

    Blank fields and files are left out.
    """
    texts = {name: strip_pasted(value) for name, value in form.items() if isinstance(value, str)}
    return {name: value for name, value in texts.items() if value}


def read_day(fields: FormFields, name: str) -> str | None:
    """A day in ISO 8601: from its three inputs, from a date typed into the first, or whole.

    None for a blank one. What is no day of the calendar is given back with dots, as typed.
    """
    parts = _read_day_parts(fields, name)
    if not any(parts):
        whole_text = fields.get(name, "").strip()
        return (_write_day(whole_text) or whole_text) or None
    return _write_day(parts.day) or _write_day(" ".join(parts)) or ".".join(parts)


def read_time(fields: FormFields, name: str) -> str | None:
    """A time of day as `HH:MM`: from `12:00`, `12.00`, `1200`, `12`. None for a blank one."""
    text = _plain(fields.get(name, ""))
    match = _TIME.fullmatch(text)
    hour, minute = (match["hour"], match["minute"]) if match else (text, "0")
    if match is None and not _HOUR.fullmatch(text):
        return text or None
    is_time = int(hour) < 24 and int(minute) < 60  # noqa: PLR2004 - of a day, of an hour
    return f"{int(hour):02}:{int(minute):02}" if is_time else text


def read_decimal(fields: FormFields, name: str) -> str | None:
    """A number with a point: from `8,5`, `8.5`, `1 240,5`. None for a blank one.

    Where both a comma and a point stand, the last is the decimal one.
    """
    text = _plain(fields.get(name, ""))
    return find_decimal(text) or text or None


def read_rows(fields: FormFields, name: str) -> list[dict[str, str]]:
    """The rows of a form that repeat, by the names of their fields; blank rows are left out.

    A field of a row is called `<name>-<index>-<field>`: `theory-0-points`.
    """
    rows: dict[int, dict[str, str]] = {}
    for index, row_field, value in _find_row_fields(fields, name):
        rows.setdefault(index, {})[row_field] = value
    return [rows[index] for index in sorted(rows)]


def count_rows(fields: FormFields, name: str, least: int) -> int:
    """How many rows the form shows: those that it showed, with one more where that was asked.

    At least `least`, and all that hold something.
    """
    count_text = fields.get(f"{name}-rows", "")
    shown_rows = int(count_text) if re.fullmatch(r"[0-9]{1,3}", count_text) else 0
    filled_rows = max((index + 1 for index, _, _ in _find_row_fields(fields, name)), default=0)
    additional_rows = 1 if fields.get("add") == name else 0
    return min(max(least, shown_rows, filled_rows) + additional_rows, MAX_ROWS)


def _find_row_fields(fields: FormFields, name: str) -> list[tuple[int, str, str]]:
    """The index, the field and the value of everything that stands in rows of this name."""
    pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,2}})-(.+)", re.DOTALL)
    matches = ((pattern.fullmatch(key), value) for key, value in fields.items())
    return [(int(match[1]), match[2], value) for match, value in matches if match]


def _read_day_parts(fields: FormFields, name: str) -> DayParts:
    return DayParts(*(fields.get(f"{name}-{part}", "").strip() for part in DayParts._fields))


def _plain(text: str) -> str:
    """The text with one plain space for all blanks, also those that do not break."""
    return " ".join(text.split())


def _write_day(text: str) -> str | None:
    """The day that the text means, in ISO 8601; None where it is none."""
    day = find_day(text)
    return day.isoformat() if day is not None else None
