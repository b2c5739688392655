"""Every kind of value: what people paste is understood, what nobody can mean is refused."""

import csv
import io
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.errors import RuleViolation
from shared.schemas import CivilDay, ZonedInstant
from shared.values.codes import CodeForm
from shared.values.contacts import EmailAddress, PhoneNumber
from shared.values.days import FIRST_DAY, LAST_DAY, find_day, parse_day
from shared.values.decimals import DecimalNumber, find_decimal
from shared.values.lines import FreeText, Line, PersonName
from shared.values.pasted import clean_code, clean_line, clean_paragraphs
from shared.values.sheet_cells import guard_cell, unguard_cell
from shared.values.sheet_rows import decode_sheet, read_sheet

NUMBER = TypeAdapter[str](
    Annotated[str, CodeForm("number.form", "so", r"^[0-9A-Za-z./-]+$", 5, 60)]
)
KINDS: list[TypeAdapter[Any]] = [
    NUMBER,
    *map(TypeAdapter, (Line, FreeText, PersonName, EmailAddress, PhoneNumber)),
    *map(TypeAdapter, (CivilDay, ZonedInstant, DecimalNumber)),
]
NAME = TypeAdapter[str](PersonName)
DECIMAL = TypeAdapter[Decimal](DecimalNumber)
PASTED = ("{} ", "\u00a0{}", "\ufeff{}\u200b", "\t{}\r\n", "\u2009{}\u200e", "\u3000{}\u00ad")


def refusals(kind: TypeAdapter[Any], value: object) -> list[str]:
    """The types of errors for which a value is refused; none if it is taken."""
    try:
        kind.validate_python(value)
    except ValidationError as error:
        return [item["type"] for item in error.errors()]
    return []


@pytest.mark.parametrize("frame", PASTED)
@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Line, "ЦОК «Лифт»", "ЦОК «Лифт»"),
        (PersonName, "Мамин-Сибиряк", "Мамин-Сибиряк"),
        (EmailAddress, "anna@example.org", "anna@example.org"),
        (PhoneNumber, "+7 495 000-00-00", "+7 495 000-00-00"),
        (CivilDay, "2026-03-31", date(2026, 3, 31)),
        (DecimalNumber, "8,5", Decimal("8.5")),
    ],
)
def test_what_was_pasted_around_a_value_is_no_part_of_it(
    frame: str, kind: Any, text: str, value: object
) -> None:
    assert TypeAdapter(kind).validate_python(frame.format(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        *(frame.format("07.01000.00.00000001.29") for frame in PASTED),
        "№ 07.01000.00.00000001.29",
        "07.01000.00. 00000001.29",
        "07.01000.00.٠٠٠٠٠٠٠١.29",
        "０７.01000.00.00000001.29",
    ],
)
def test_a_number_is_understood_however_it_was_pasted(text: str) -> None:
    assert NUMBER.validate_python(text) == "07.01000.00.00000001.29"


def test_a_code_of_another_form_breaks_its_own_rule() -> None:
    for value in ("", "?????", 5, None, "1" * 61):
        assert refusals(NUMBER, value) == ["number.form"]


@pytest.mark.parametrize(
    ("name", "kept_name"),
    [
        ("Мамин \u2013 Сибиряк", "Мамин-Сибиряк"),
        ("Мамин\u2011Сибиряк", "Мамин-Сибиряк"),
        (unicodedata.normalize("NFD", "Йозеф"), "Йозеф"),
        ("Иванов\u00a0 Петров", "Иванов Петров"),
        *((name, name) for name in ("д’Артаньян", "O‘tkirov", "’т Хоофт", "Спиридонов III", "王")),
        *(
            (name, name)
            for name in ("გელაშვილი", "محمد", "علی\u200cرضا", "ශ්\u200dරී", "Пе\u0301тров")
        ),
    ],
)
def test_names_of_all_peoples_are_taken(name: str, kept_name: str) -> None:
    assert NAME.validate_python(name) == kept_name


@pytest.mark.parametrize(
    ("name", "rule", "part"),
    [
        ("Ивaнов", "name.alphabets", "«a»"),
        ("Пeтр Петров", "name.alphabets", "«Пeтр»"),
        ("Bepa Петровна", "name.alphabets", "«Bepa»"),
        ("Иванօв", "name.alphabets", "«օ»"),  # an Armenian letter
        ("Ａнна", "name.alphabets", "«Ａ»"),  # of full width
        ("ΑΒ Анна", "name.alphabets", "«ΑΒ»"),  # Greek letters throughout
        ("BACEHKO Анна", "name.alphabets", "«BACEHKO»"),
        ("Иванοв", "name.alphabets", "«ο»"),
        ("Иванов2", "name.characters", "«2»"),
        ("Вера 😀", "name.characters", "«😀»"),
        ("А\nнна", "name.characters", "U+000A"),
        ("-", "name.words", ""),
        ("Анна-", "name.words", ""),
    ],
)
def test_what_is_wrong_with_a_name_is_named(name: str, rule: str, part: str) -> None:
    with pytest.raises(ValidationError) as caught:
        NAME.validate_python(name)
    (error,) = caught.value.errors()
    assert error["type"] == rule
    assert part in error["msg"]


@pytest.mark.parametrize("text", ["8,5", "8.5", " 8,5\u200b", "8,50", "+8,5"])
def test_a_decimal_has_a_comma_or_a_point(text: str) -> None:
    assert DECIMAL.validate_python(text) == Decimal("8.5")


@pytest.mark.parametrize("value", ["-1", "1e5", "NaN", "8,5,5", "", "восемь", True, None, 100_001])
def test_nothing_else_is_a_decimal(value: object) -> None:
    assert refusals(DECIMAL, value)


@pytest.mark.parametrize("value", ["-0", "-0,0", -0.0])
def test_nothing_has_a_sign(value: object) -> None:
    assert str(DECIMAL.validate_python(value)).startswith("0")


def test_decimals_are_compared_as_they_were_written() -> None:
    assert DECIMAL.validate_python(0.1) + DECIMAL.validate_python("0,2") == Decimal("0.3")


@given(number=st.decimals(0, 100_000, places=4))
def test_a_decimal_of_json_is_the_same_when_it_is_read_again(number: Decimal) -> None:
    assert DECIMAL.validate_json(DECIMAL.dump_json(number)) == number
    assert find_decimal(f"{number:f}".replace(".", ",")) == f"{number:f}"


@given(day=st.dates())
def test_a_day_that_nobody_can_mean_is_refused(day: date) -> None:
    is_possible = FIRST_DAY <= day <= LAST_DAY
    adapter = TypeAdapter[date](CivilDay)
    assert refusals(adapter, day.isoformat()) == ([] if is_possible else ["day.bounds"])
    assert find_day(f"{day.day}.{day.month}.{day.year:04}") == day
    if not is_possible:
        with pytest.raises(ValueError, match="check the year"):
            parse_day(day.isoformat())


@pytest.mark.parametrize("text", ["2199-12-31T23:59:59Z", "1900-01-01T00:00:00+14:00"])
def test_an_instant_of_a_possible_day_is_taken(text: str) -> None:
    assert refusals(TypeAdapter[datetime](ZonedInstant), text) == []


@pytest.mark.parametrize("text", ["MAILTO:anna@example.org", "mailto:Anna <anna@example.org>"])
def test_an_address_is_taken_out_of_its_link(text: str) -> None:
    assert TypeAdapter[str](EmailAddress).validate_python(text) == "anna@example.org"


@pytest.mark.parametrize("text", ["аnna@example.org", "anna@exаmple.org", "anna@example.оrg"])
def test_an_address_with_a_letter_of_another_alphabet_is_refused(text: str) -> None:
    assert refusals(TypeAdapter[str](EmailAddress), text) == ["email.form"]


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:00-12:00", "0001-01-01T00:00:00+14:00", "1899-12-31T23:59:00Z"]
)
def test_an_instant_at_the_end_of_time_is_refused(text: str) -> None:
    assert refusals(TypeAdapter[datetime](ZonedInstant), text) == ["day.bounds"]


@given(value=st.text() | st.integers() | st.floats() | st.none() | st.booleans() | st.dates())
def test_any_value_is_taken_or_refused_by_every_kind(value: object) -> None:
    for kind in KINDS:
        try:
            kind_value = kind.validate_python(value)
        except ValidationError:
            continue
        assert kind.validate_json(kind.dump_json(kind_value)) == kind_value


@given(text=st.text())
@example(text="K¸")
def test_cleaning_is_done_once(text: str) -> None:
    for clean in (clean_line, clean_paragraphs, clean_code):
        assert clean(clean(text)) == clean(text)


@given(cell=st.text())
def test_a_guarded_cell_is_no_formula_and_is_read_back(cell: str) -> None:
    guarded_cell = guard_cell(cell)
    assert unguard_cell(guarded_cell) == cell
    assert guarded_cell.lstrip()[:1] not in tuple("=+@-") or len(cell.strip()) == 1


@pytest.mark.parametrize("formula", ["=1+1", " =1+1", "\t=1", "@SUM(A1)", "+1", "-1", "＝1"])
def test_what_a_spreadsheet_evaluates_is_guarded(formula: str) -> None:
    assert guard_cell(formula) == f"'{formula}"


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(";,\t|"),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    charset=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    has_hint=st.booleans(),
)
def test_no_cell_of_a_sheet_is_lost(
    rows: list[list[str]], delimiter: str, line_end: str, charset: str, has_hint: bool
) -> None:
    rows = [[" ".join(cell.replace("\x00", "").split()) for cell in row] for row in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])
    hint = f"sep={delimiter}{line_end}" if has_hint else ""
    _, sheet_rows = read_sheet(decode_sheet((hint + text.getvalue()).encode(charset), "/"), "/")
    cells = {(row.place, name): cell for row in sheet_rows for name, cell in row.cells.items()}
    for place, row in enumerate(rows, 1):
        for name, cell in zip("abc", row, strict=True):
            assert clean_line(cells.get((place, name), "")) == clean_line(cell)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,a\n1,2\n", "sheet.columns"),
        ("a,b\n" + "x" * 140_000 + ",1\n", "sheet.table"),
        ('a,b\n"1,2\n3,4\n', "sheet.table"),
        ('a,b\n"1"2,3\n', "sheet.table"),
    ],
)
def test_what_is_no_sheet_is_refused(text: str, rule: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        list(read_sheet(text, "/file")[1])
    assert caught.value.rule == rule


def test_what_stands_beyond_the_heading_is_told() -> None:
    _, rows = read_sheet("a,b\n1,2,3\n\n1,2,,\n", "/")
    assert [(row.place, row.is_overfull) for row in rows] == [(1, True), (3, False)]


@given(content=st.binary())
def test_any_file_is_a_sheet_or_refused(content: bytes) -> None:
    try:
        list(read_sheet(decode_sheet(content, "/"), "/")[1])
    except RuleViolation:
        return
