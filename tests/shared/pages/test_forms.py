"""What people type into fields, and what is made of it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile

from shared.locale.catalogues import read_languages
from shared.pages.forms import (
    MAX_ROWS,
    DayParts,
    FormError,
    FormState,
    count_rows,
    read_day,
    read_decimal,
    read_fields,
    read_rows,
    read_time,
)

RUSSIAN, ENGLISH = read_languages().values()
BLANKS = ("", " ", "\t", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}\n")
DATES = TypeAdapter(date)
NAMES = ("day", "day-day", "day-month", "day-year", "rows-rows", "rows-0-points", "add")

any_text = st.text() | st.from_regex(r"[0-9 .,:/+-]{0,12}", fullmatch=True)
any_form = st.dictionaries(st.sampled_from(NAMES) | any_text, any_text)


@given(any_form)
@example({"day": "²"})
@example({"day": "9" * 40})
@example({"day-day": "٣", "day-month": "11", "day-year": "2026"})
@example({"rows-rows": "١", "add": "rows"})
def test_no_text_in_any_field_is_an_error(fields: dict[str, str]) -> None:
    for name in ("day", "day-day", "rows-0-points"):
        for read in (read_day, read_time, read_decimal):
            value = read(fields, name)
            assert value is None or value.strip()
        state = FormState(fields)
        assert len(state.day_parts(name)) == 3
        number = state.understood_decimal(name)
        assert number is None or RUSSIAN.format_decimal(number)
    assert 1 <= count_rows(fields, "rows", 1) <= MAX_ROWS
    assert all(read_rows(fields, "rows"))


@given(any_form)
def test_a_day_is_one_of_the_calendar_or_is_refused(fields: dict[str, str]) -> None:
    """What is given back as typed must not pass for a day: pydantic takes seconds for dates."""
    parts_text = "".join(fields.get(f"day-{part}", "") for part in DayParts._fields)
    value = read_day(fields, "day")
    if value is None or not parts_text.strip():
        return
    try:
        assert DATES.validate_python(value).isoformat() == value
    except ValidationError:
        assert value == ".".join(fields.get(f"day-{part}", "").strip() for part in DayParts._fields)


def _write_day(day: date, form: str) -> str:
    """The day in one of the forms in which people write it."""
    return form.format(
        d=day.day,
        m=day.month,
        y=day.year,
        russian=RUSSIAN.month_names[day.month],
        english=ENGLISH.month_names[day.month],
    )


@given(
    st.dates(min_value=date(1900, 1, 1)),
    st.sampled_from(
        (
            "{d:02}.{m:02}.{y}",
            "{d}.{m}.{y}",
            "{d:02}.{m:02}.{y} г.",
            "{y}-{m:02}-{d:02}",
            "{d:02}/{m:02}/{y}",
            "{d:02}-{m:02}-{y}",
            "{d} {m} {y}",
            "{y}{m:02}{d:02}",
            "{d} {russian} {y}",
            "{d}\xa0{russian}\xa0{y}\xa0г.",
            "{d} {russian} {y} года",
            "{d} {english} {y}",
            "{english} {d}, {y}",
        )
    ),
    st.sampled_from(BLANKS),
    st.sampled_from(BLANKS),
)
def test_every_date_pasted_into_the_day_is_understood(
    day: date, form: str, before: str, after: str
) -> None:
    fields = {"day-day": f"{before}{_write_day(day, form)}{after}", "day-year": "2026"}
    assert read_day(fields, "day") == day.isoformat()
    assert FormState(fields).day_parts("day") == (str(day.day), str(day.month), str(day.year))


@given(st.dates())
def test_three_inputs_make_a_day(day: date) -> None:
    fields = {"day-day": str(day.day), "day-month": str(day.month), "day-year": f"{day.year:04}"}
    assert read_day(fields, "day") == day.isoformat()
    assert read_day({"day": day.isoformat()}, "day") == day.isoformat()


@pytest.mark.parametrize(
    "parts", [("31", "2", "2026"), ("25", "", "2026"), ("", "11", ""), ("25", "11", "26")]
)
def test_what_is_no_day_is_given_back_as_it_was_typed(parts: tuple[str, str, str]) -> None:
    fields = dict(zip(("day-day", "day-month", "day-year"), parts, strict=True))
    assert read_day(fields, "day") == ".".join(parts)
    assert FormState(fields).day_parts("day") == parts


def test_nothing_is_none() -> None:
    assert [read({}, "x") for read in (read_day, read_time, read_decimal)] == [None] * 3


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("12:00", "12:00"),
        ("12.00", "12:00"),
        ("1200", "12:00"),
        ("12 00", "12:00"),
        ("930", "09:30"),
        ("9:30", "09:30"),
        ("9", "09:00"),
        (" 23:59 ", "23:59"),
        ("24:00", "24:00"),
        ("12:60", "12:60"),
        ("полдень", "полдень"),
    ],
)
def test_a_time_is_written_in_many_ways(text: str, time: str) -> None:
    assert read_time({"x": text}, "x") == time


@given(st.times())
def test_every_minute_of_a_day_is_understood(time: object) -> None:
    text = f"{time:%H:%M}"
    for separator in (":", ".", "", " : "):
        assert read_time({"x": text.replace(":", separator)}, "x") == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8,5", "8.5"),
        ("8.5", "8.5"),
        ("85", "85"),
        ("1 240,5", "1240.5"),
        ("1\xa0240", "1240"),
        ("1,240.5", "1240.5"),
        ("1.240,5", "1240.5"),
        ("-3", "-3"),
        ("1,2,3", "1,2,3"),
        ("12 34", "12 34"),
        ("восемь", "восемь"),
    ],
)
def test_a_number_takes_comma_and_point(text: str, number: str) -> None:
    assert read_decimal({"x": text}, "x") == number


@given(st.decimals(allow_nan=False, places=3, min_value=0, max_value=10**16))
def test_a_number_is_understood_as_either_language_writes_it(number: Decimal) -> None:
    russian_state = FormState({"x": RUSSIAN.format_decimal(number)})
    assert russian_state.understood_decimal("x") == number
    assert FormState({"x": f"{number:f}"}).understood_decimal("x") == number


def test_rows_keep_their_order_and_blank_ones_are_left_out() -> None:
    fields = {
        "theory-10-points": "3",
        "theory-2-points": "5",
        "theory-2-name": "А",
        "theory-rows": "4",
    }
    assert read_rows(fields, "theory") == [{"points": "5", "name": "А"}, {"points": "3"}]
    assert count_rows(fields, "theory", 1) == 11
    assert count_rows({"theory-rows": "4", "add": "theory"}, "theory", 1) == 5
    assert count_rows({"theory-rows": "4", "add": "practice"}, "theory", 1) == 4
    assert count_rows({}, "theory", 2) == 2


def test_fields_are_trimmed_and_files_are_none() -> None:
    form = FormData([("a", " x "), ("b", "  "), ("c", UploadFile(None, filename="x.pdf"))])  # type: ignore[arg-type]
    assert read_fields(form) == {"a": "x"}


def test_errors_are_those_of_the_field() -> None:
    errors = [FormError("a", "Мало"), FormError("a", "Криво"), FormError("", "Поздно")]
    state = FormState({"a": "x"}, errors)
    assert state.messages("a") == ["Мало", "Криво"]
    assert state.messages("b") == []
    assert state.refused_fields == 1
    assert (state.value("a"), state.value("b")) == ("x", "")
