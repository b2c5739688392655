"""Messages, plurals, days, instants and periods of a language."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.locale.catalogues import read_languages

RUSSIAN, ENGLISH = read_languages().values()


def test_a_language_is_called_by_its_own_name() -> None:
    assert (RUSSIAN.name, ENGLISH.name) == ("Русский", "English")


def test_a_message_takes_its_values() -> None:
    words = {"name": "level", "message": "нет"}
    assert RUSSIAN("problem.field", **words) == "Поле «level»: нет"
    assert "problem.field" in RUSSIAN


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


def test_days_are_said_in_words_with_plain_spaces() -> None:
    assert RUSSIAN.format_day(date(2026, 3, 2)) == "2 марта 2026 г."
    assert ENGLISH.format_day(date(2026, 3, 2)) == "2 March 2026"


def test_instants_are_said_in_the_zones_civil_time() -> None:
    instant = datetime(2026, 3, 2, 21, 5, tzinfo=UTC)
    assert RUSSIAN.format_instant(instant, ZoneInfo("Europe/Moscow")) == "3 марта 2026 г., 00:05"
    assert ENGLISH.format_instant(instant, ZoneInfo("Asia/Vladivostok")) == "3 March 2026, 07:05"
