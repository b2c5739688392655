"""What a broken rule means, in the reader's language: a sentence that says what is right.

A rule, of ours or of pydantic, is a code for machines. Its message `rule.<rule>` is in the
catalogues `rules.po`. Facts that it names come with the refusal: `DomainError.values`, or the `ctx`
of pydantic's error. A value that counts something is called `number`; it chooses the plural form.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic_core import ErrorDetails

from shared.locale.translator import Translator

UNKNOWN_RULE = "rule.unknown"
"""The message of a rule that has none: what is wrong is not said, what to do is."""

COUNTS = ("number", "min_length", "max_length", "max_digits", "decimal_places", "whole_digits")
"""Values that choose a plural form: ours, and those that pydantic gives."""

Location = tuple[int | str, ...]
"""Where pydantic finds an error: members and indexes, from the body down."""


def say_rule(t: Translator, rule: str, values: Mapping[str, object]) -> str:
    """The sentence of a broken rule. It never shows a code, nor another language's words.

    Days, instants and numbers among the values are written as the language writes them; a member
    of an enumeration is said by the message `<name of the value>.<member>`. Raises `KeyError` for a
    value that the message names and the refusal does not give.
    """
    key = f"rule.{rule}"
    if key not in t:
        return t(UNKNOWN_RULE)
    count = next((values[name] for name in COUNTS if name in values), None)
    if count == 1 and f"{key}.one" in t:
        return t(f"{key}.one")
    words = {name: _say_value(t, name, value) for name, value in values.items()}
    if isinstance(count, int):
        words.pop("number", None)
        sentence = t.plural(key, count, **words)
    else:
        sentence = t(key, **words)
    return sentence.replace("..", ".")  # a day that ends in г. ends the sentence, too


def say_field_errors(t: Translator, errors: Iterable[ErrorDetails]) -> list[tuple[Location, str]]:
    """The place of each of pydantic's errors, and the sentence that says what is right there."""
    return [(error["loc"], say_rule(t, error["type"], error.get("ctx", {}))) for error in errors]


def _say_value(t: Translator, name: str, value: object) -> object:
    if isinstance(value, StrEnum):
        return t(f"{name}.{value}")
    if isinstance(value, datetime) and isinstance(value.tzinfo, ZoneInfo):
        return t.format_instant(value, value.tzinfo)
    if isinstance(value, date) and not isinstance(value, datetime):
        return t.format_day(value)
    if isinstance(value, int):
        return t.format_number(value)
    if isinstance(value, float):
        return t.format_decimal(Decimal(f"{value:.10g}"))
    return value
