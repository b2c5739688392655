"""Messages, plurals, days, instants and periods of a language."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from shared.locale.catalogues import read_languages

RUSSIAN, ENGLISH = read_languages().values()


def test_a_language_is_called_by_its_own_name() -> None:
    assert (RUSSIAN.name, ENGLISH.name) == ("Русский", "English")


def test_a_message_takes_its_values() -> None:
    assert RUSSIAN("form.row", number=3) == "Строка 3"
    assert "form.row" in RUSSIAN


def test_a_key_without_a_message_is_an_error_and_never_said() -> None:
    assert "nothing" not in RUSSIAN
    with pytest.raises(KeyError):
        RUSSIAN("nothing")
    with pytest.raises(KeyError):
        ENGLISH.plural("nothing", 2)


@pytest.mark.parametrize(
    ("period", "russian", "english"),
    [
        ("P1Y", "1 год", "1 year"),
        ("P3Y", "3 года", "3 years"),
        ("P5Y", "5 лет", "5 years"),
        ("P11Y", "11 лет", "11 years"),
        ("P21Y", "21 год", "21 years"),
        ("P1Y6M", "1 год 6 месяцев", "1 year 6 months"),
        ("P90D", "90 дней", "90 days"),
        ("P2W", "2 недели", "2 weeks"),
    ],
)
def test_terms_are_said_in_words(period: str, russian: str, english: str) -> None:
    assert RUSSIAN.format_period(period) == russian
    assert ENGLISH.format_period(period) == english


def test_days_are_said_in_words_that_stay_on_one_line() -> None:
    assert RUSSIAN.format_day(date(2026, 3, 2)) == "2\xa0марта\xa02026\xa0г."
    assert ENGLISH.format_day(date(2026, 3, 2)) == "2\xa0March\xa02026"


def test_days_of_tables_are_short() -> None:
    assert RUSSIAN.format_short_day(date(2026, 3, 2)) == "02.03.2026"
    assert ENGLISH.format_short_day(date(2026, 11, 25)) == "25\xa0Nov\xa02026"


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert RUSSIAN.format_number(1240) == "1\xa0240"
    assert ENGLISH.format_number(1240) == "1,240"
    assert RUSSIAN.format_numbers([1180, 60, 14]) == "1\xa0180, 60 и 14"
    assert ENGLISH.format_numbers([14]) == "14"
    assert RUSSIAN.format_decimal(Decimal("8.5")) == "8,5"
    assert ENGLISH.format_decimal(Decimal("1240.125")) == "1,240.125"


def test_months_stand_as_in_a_date() -> None:
    assert RUSSIAN.month_names[11] == "ноября"
    assert ENGLISH.month_names[11] == "November"


@pytest.mark.parametrize(
    ("text", "month"), [("ноябрь", 11), ("Ноября", 11), ("нояб.", 11), ("мар", 3), ("ма", None)]
)
def test_a_month_is_known_by_its_beginning(text: str, month: int | None) -> None:
    assert RUSSIAN.find_month(text) == month


def test_instants_are_said_in_the_zones_civil_time() -> None:
    instant = datetime(2026, 3, 2, 21, 5, tzinfo=UTC)
    russian = RUSSIAN.format_instant(instant, ZoneInfo("Europe/Moscow"))
    english = ENGLISH.format_instant(instant, ZoneInfo("Asia/Vladivostok"))
    assert russian == "3\xa0марта\xa02026\xa0г., 00:05"
    assert english == "3\xa0March\xa02026, 07:05"


def test_a_number_of_any_length_is_written_whole() -> None:
    number = Decimal("1" * 40 + ".125")
    text = RUSSIAN.format_decimal(number)
    assert "".join(text.split()) == f"{number:f}".replace(".", ",")
