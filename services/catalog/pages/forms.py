"""The search form: what a person looks for, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode

from services.catalog.search.queries import VersionFilter
from shared.pages.forms import FormFields, read_day
from shared.values.days import parse_day

MAX_TEXT_LENGTH = 200
MAX_COUNCIL_LENGTH = 500
LEVELS = range(1, 10)
MAX_PAGE = 10_000
_STANDARD_CODE = re.compile(r"\d{2}\.\d{3}", re.ASCII)
_AREA_CODE = re.compile(r"\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,5}", re.ASCII)


class SearchFault(StrEnum):
    """The field with which something is wrong. The words are the messages `fault.<value>`."""

    TEXT = "text"
    LEVEL = "level"
    STANDARD = "standard"
    AREA = "area"
    COUNCIL = "council"
    ON = "on"
    PAGE = "page"

    @property
    def field(self) -> str:
        """The field's name in the form; blank for what no field holds."""
        return "" if self is SearchFault.PAGE else self.value


@dataclass(frozen=True, slots=True)
class SearchFields:
    """What the search form holds; every field is None where it was left blank."""

    text: str | None = None
    level: int | None = None
    standard: str | None = None
    area: str | None = None
    council: str | None = None
    on: date | None = None

    def to_version_filter(self, today: date) -> VersionFilter:
        """The same as a filter of the search; without a day, what is in force today."""
        fields = {name: value for name, value in asdict(self).items() if name != "on"}
        return VersionFilter(on=self.on or today, **fields)

    def to_values(self) -> dict[str, str]:
        """The fields that are not blank, as an address and a form hold them."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    def to_query(self, **extra_fields: str) -> str:
        """The fields as an address's query, with its `?`; blank for none."""
        query = urlencode(self.to_values() | extra_fields)
        return f"?{query}" if query else ""

    def without(self, name: str) -> "SearchFields":
        """The same with this field blank."""
        return replace(self, **{name: None})


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """What was asked: fields and the number of the list's page, or what is wrong with them."""

    fields: SearchFields
    page: int
    faults: tuple[SearchFault, ...]


def read_search(fields: FormFields) -> SearchQuestion:
    """The question in an address's query. What is faulty is left out of its fields."""
    faults: list[SearchFault] = []

    def read(name: SearchFault, pattern: re.Pattern[str]) -> str | None:
        text = fields.get(name)
        if text is not None and pattern.fullmatch(text) is None:
            faults.append(name)
            return None
        return text

    text = read(SearchFault.TEXT, re.compile(rf".{{1,{MAX_TEXT_LENGTH}}}", re.DOTALL))
    level = _read_number(fields, SearchFault.LEVEL, LEVELS, faults)
    standard = read(SearchFault.STANDARD, _STANDARD_CODE)
    area = read(SearchFault.AREA, _AREA_CODE)
    council = read(SearchFault.COUNCIL, re.compile(rf".{{1,{MAX_COUNCIL_LENGTH}}}", re.DOTALL))
    on = _read_day_field(fields, faults)
    page = _read_number(fields, SearchFault.PAGE, range(1, MAX_PAGE + 1), faults) or 1
    if "cursor" in fields:  # as addresses of pages were before they had numbers
        faults.append(SearchFault.PAGE)
    search_fields = SearchFields(text, level, standard, area, council, on)
    return SearchQuestion(search_fields, page, tuple(faults))


def read_on(fields: FormFields) -> date | SearchFault | None:
    """The day in the field `on`; None for a blank one."""
    faults: list[SearchFault] = []
    day = _read_day_field(fields, faults)
    return faults[0] if faults else day


def has_day_parts(fields: Mapping[str, str]) -> bool:
    """Whether the query came from the form, which holds a day in three fields."""
    return "on-day" in fields


def _read_number(
    fields: FormFields, name: SearchFault, numbers: range, faults: list[SearchFault]
) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None or int(text) not in numbers:
        faults.append(name)
        return None
    return int(text)


def _read_day_field(fields: FormFields, faults: list[SearchFault]) -> date | None:
    day_text = read_day(fields, SearchFault.ON)
    if day_text is None:
        return None
    try:
        return parse_day(day_text)
    except ValueError:
        faults.append(SearchFault.ON)
        return None
