"""Days and instants that a client sends are text: what pydantic would take besides is refused."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.field_rules import name_field_rule, name_field_values
from shared.schemas import CivilDay, ZonedInstant

DAY = TypeAdapter[date](CivilDay)
INSTANT = TypeAdapter[datetime](ZonedInstant)


@pytest.mark.parametrize("value", ["2026-03-31", " 2026-03-31 ", date(2026, 3, 31)])
def test_a_civil_day_is_text_or_a_day(value: object) -> None:
    assert DAY.validate_python(value) == date(2026, 3, 31)


@pytest.mark.parametrize(
    "value",
    [
        *(0, 1_774_915_200, 1.5, True, "0", "1774915200", "2026-3-31", "2026-02-30", "31.03.2026"),
        *("2026-03-31T00:00:00", "2026-03-31T00:00:00Z", "٢٠٢٦-٠٣-٣١", "", None),
        datetime(2026, 3, 31, tzinfo=UTC),
    ],
)
def test_nothing_else_is_a_civil_day(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        DAY.validate_python(value)
    assert [name_field_rule(error["type"]) for error in caught.value.errors()] == ["day.form"]


@pytest.mark.parametrize("text", ["2026-03-31T09:00:00Z", "2026-03-31 12:00:00+03:00"])
def test_an_instant_is_text_with_its_offset(text: str) -> None:
    assert INSTANT.validate_python(text) == datetime(2026, 3, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        *((value, "instant.form") for value in (0, "0", "2026-03-31", date(2026, 3, 31), "noon")),
        ("2026-03-31T09:00:00", "instant.zone"),
    ],
)
def test_nothing_else_is_an_instant(value: object, rule: str) -> None:
    with pytest.raises(ValidationError) as caught:
        INSTANT.validate_python(value)
    assert [name_field_rule(error["type"]) for error in caught.value.errors()] == [rule]


def test_both_are_text_of_their_form_in_the_document() -> None:
    assert DAY.json_schema() == {"type": "string", "format": "date"}
    assert INSTANT.json_schema() == {"type": "string", "format": "date-time"}


def test_a_constant_is_told_as_json_writes_it() -> None:
    assert name_field_values("literal_error", {"expected": "True"})["expected"] == "true"
