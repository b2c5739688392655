"""The rules by which single values are refused, as the API names them.

What checks values is pydantic, whose names for what is wrong are its own affair: they change with
its versions, and say the same in several ways. Clients get these codes, which are ours and stay.
"""

from collections.abc import Mapping

_TYPES_BY_RULE: Mapping[str, tuple[str, ...]] = {
    "value.required": ("missing",),
    "value.unknown": ("extra_forbidden", "invalid_key"),
    "value.type": (
        *("string_type", "int_type", "float_type", "decimal_type", "bool_type", "bytes_type"),
        *("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"),
        *("dict_type", "mapping_type", "model_type", "model_attributes_type"),
        *("date_type", "datetime_type", "time_type", "time_delta_type", "url_type", "uuid_type"),
        *("none_required", "json_type"),
    ),
    "value.choice": ("enum", "literal_error"),
    "value.kind": ("union_tag_invalid", "union_tag_not_found"),
    "value.refused": ("value_error", "assertion_error"),
    "text.too_short": ("string_too_short", "bytes_too_short"),
    "text.too_long": ("string_too_long", "bytes_too_long", "url_too_long"),
    "text.form": ("string_pattern_mismatch", "string_not_ascii"),
    "text.encoding": ("string_unicode", "bytes_invalid_encoding"),
    "list.too_short": ("too_short",),
    "list.too_long": ("too_long",),
    "number.form": ("int_parsing", "int_from_float", "float_parsing", "decimal_parsing"),
    "number.too_small": ("greater_than", "greater_than_equal"),
    "number.too_large": ("less_than", "less_than_equal", "int_parsing_size"),
    "number.step": ("multiple_of",),
    "number.digits": ("decimal_max_digits", "decimal_max_places", "decimal_whole_digits"),
    "number.finite": ("finite_number",),
    "boolean.form": ("bool_parsing",),
    "day.form": ("date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "day.not_past": ("date_past", "datetime_past"),
    "day.not_future": ("date_future", "datetime_future"),
    "instant.form": (
        *("datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        *("time_parsing", "time_delta_parsing"),
    ),
    "instant.zone": ("timezone_aware", "timezone_naive", "timezone_offset"),
    "id.form": ("uuid_parsing", "uuid_version"),
    "address.form": ("url_parsing", "url_scheme", "url_syntax_violation"),
    "json.syntax": ("json_invalid",),
}

FIELD_RULES: Mapping[str, str] = {
    error_type: rule for rule, types in _TYPES_BY_RULE.items() for error_type in types
}
"""Our rule of each of pydantic's types of errors."""

_LIMITS = (
    *("min_length", "max_length", "ge", "gt", "le", "lt", "multiple_of"),
    *("max_digits", "decimal_places", "whole_digits"),
)
"""What pydantic calls the limit that a value does not keep."""


def name_field_rule(error_type: str) -> str:
    """Our rule of an error that pydantic found; a type that a validator of ours gave is one."""
    return FIELD_RULES.get(error_type, error_type)


def name_field_values(error_type: str, values: Mapping[str, object]) -> Mapping[str, object]:
    """The values of our rule's message, out of those that pydantic tells."""
    if error_type not in FIELD_RULES:
        return values
    limit = next((values[name] for name in _LIMITS if name in values), "")
    choices = str(values.get("expected", values.get("expected_tags", "")))
    choices = {"True": "true", "False": "false"}.get(choices, choices)  # as JSON writes them
    return {"limit": f"{limit}", "expected": choices.replace(" or ", ", ")}
