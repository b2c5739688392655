"""Filters of a list in its address: read, said in words, taken off one by one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from fastapi import Request

from shared.pages.forms import FormFields, read_day, read_fields
from shared.values import days

FILTER_LENGTH = 200
"""Characters of a filter that are looked at."""


def parse_day(text: str) -> date | None:
    """A day in ISO 8601; None for anything else."""
    try:
        return days.parse_day(text)
    except ValueError:
        return None


def read_filters(
    request: Request,
    names: Sequence[str],
    choices: Mapping[str, Collection[str]],
    day_names: Sequence[str] = (),
) -> dict[str, str]:
    """The filters of these names in the address; a day as ISO 8601 wherever it is one.

    A choice that there is not counts as not made.
    """
    query = read_fields(request.query_params)
    fields = {name: query[name][:FILTER_LENGTH] for name in names if name in query}
    fields |= {name: read_day(fields, name) or "" for name in day_names if name in fields}
    return {
        name: text for name, text in fields.items() if name not in choices or text in choices[name]
    }


def build_chips(
    path: str, fields: FormFields, say_filter: Callable[[str, str], str]
) -> list[dict[str, str]]:
    """Each filter in words, with the address without it."""
    chips = []
    for name, text in fields.items():
        remaining_fields = {
            field_name: value for field_name, value in fields.items() if field_name != name
        }
        href = f"{path}?{urlencode(remaining_fields)}" if remaining_fields else path
        chips.append({"label": say_filter(name, text), "href": href})
    return chips
