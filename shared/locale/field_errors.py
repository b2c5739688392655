"""What is wrong with fields and rows, in one language, where an answer tells it of several."""

from collections.abc import Mapping

from pydantic import ValidationError

from shared.errors import DomainError, FieldError, json_pointer
from shared.field_rules import FIELD_RULES, name_field_rule, name_field_values
from shared.locale.catalogues import read_languages
from shared.locale.rules import UNKNOWN_RULE, say_rule
from shared.locale.translator import Translator

PLAIN_LANGUAGE = "en"
"""The language of the code's own words: of answers for whoever names no language."""

MAX_FIELD_ERRORS = 100
"""Of one document or row: a body can have as many faults as it has members."""


def plain_translator() -> Translator:
    """The words for whoever names no language, and for what is handled without a request."""
    return read_languages()[PLAIN_LANGUAGE]


def say_field_error(
    t: Translator, rule: str, values: Mapping[str, object], detail: str, *, wording: str = ""
) -> str:
    """What is wrong with a field: by the catalogues, where the code's words are another's.

    `detail` is what the code says, in English, or a library where `wording` is one of its types.
    """
    if t.language == PLAIN_LANGUAGE and wording not in FIELD_RULES:
        return detail
    return say_refusal(t, rule, name_field_values(wording, values), detail)


def say_refusal(t: Translator, rule: str, values: Mapping[str, object], detail: str) -> str:
    """The sentence of the rule; the words of the code where it has none, or lacks a value."""
    try:
        sentence = say_rule(t, rule, values)
    except (KeyError, ValueError):
        return detail
    return detail if sentence == t(UNKNOWN_RULE) else sentence


def describe_row_errors(t: Translator, error: ValidationError) -> list[FieldError]:
    """The field errors of one row of many, as pointers into the row, without its values."""
    return [
        FieldError(
            pointer=json_pointer(field_error["loc"]),
            rule=(rule := name_field_rule(field_error["type"])),
            detail=say_field_error(
                t,
                rule,
                field_error.get("ctx", {}),
                field_error["msg"],
                wording=field_error["type"],
            ),
        )
        for field_error in error.errors(include_input=False, include_url=False)[:MAX_FIELD_ERRORS]
    ]


def describe_row_refusal(t: Translator, error: DomainError) -> FieldError:
    """The rule that refused one row of many, as the error of a field, or of the whole row."""
    detail = say_field_error(t, error.rule, error.values, error.detail)
    return FieldError(pointer=error.field or "", rule=error.rule, detail=detail)
