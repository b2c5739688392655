"""Texts of pages in Russian and English: messages, days, periods, counts."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")
Messages = Mapping[str, tuple[str, str]]
"""Each message in Russian and in English."""

_PERIOD = re.compile(r"(\d+)([YMWD])")
_MONTHS: dict[Language, tuple[str, ...]] = {
    "ru": (
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_UNIT_FORMS = {
    "Y": (("год", "года", "лет"), ("year", "years")),
    "M": (("месяц", "месяца", "месяцев"), ("month", "months")),
    "W": (("неделя", "недели", "недель"), ("week", "weeks")),
    "D": (("день", "дня", "дней"), ("day", "days")),
}


class Translator:
    """Messages and formats of one language."""

    def __init__(self, language: Language, messages: Messages) -> None:
        self.language = language
        self._message_index = LANGUAGES.index(language)
        self._messages = messages

    def __call__(self, key: str, **values: object) -> str:
        """The message of this key with its values filled in. Raises `KeyError`."""
        return self._messages[key][self._message_index].format(**values)

    def format_day(self, day: date) -> str:
        """A day in words: 2 марта 2026 г., 2 March 2026."""
        year = f"{day.year} г." if self.language == "ru" else str(day.year)
        return f"{day.day} {_MONTHS[self.language][day.month - 1]} {year}"

    def format_full_day(self, day: date) -> str:
        """A day as documents of law write it: 2 марта 2026 года, 2 March 2026."""
        year = f"{day.year} года" if self.language == "ru" else str(day.year)
        return f"{day.day} {_MONTHS[self.language][day.month - 1]} {year}"

    def format_instant(self, instant: datetime, zone: ZoneInfo) -> str:
        """An instant in words, in the zone's civil time: 2 марта 2026 г., 15:00."""
        local_time = instant.astimezone(zone)
        return f"{self.format_day(local_time.date())}, {local_time:%H:%M}"

    def format_period(self, period: str) -> str:
        """An ISO 8601 period in words: `P1Y6M` is 1 год 6 месяцев, 1 year 6 months."""
        return " ".join(
            self.format_count(int(number), unit) for number, unit in _PERIOD.findall(period)
        )

    def format_months(self, months: int) -> str:
        """Months in words, in Russian in the genitive that "не менее" asks for."""
        if self.language == "en":
            return self.format_count(months, "M")
        is_singular = months % 10 == 1 and months % 100 != 11  # noqa: PLR2004 - grammar
        return f"{months} {'месяца' if is_singular else 'месяцев'}"

    def format_count(self, number: int, unit: str) -> str:
        """A number with its unit (`Y`, `M`, `W`, `D`) in the right grammatical form."""
        russian, english = _UNIT_FORMS[unit]
        if self.language == "en":
            return f"{number} {english[number != 1]}"
        last_digit, last_two_digits = number % 10, number % 100
        if last_digit == 1 and last_two_digits != 11:  # noqa: PLR2004 - grammar
            return f"{number} {russian[0]}"
        is_paucal = 2 <= last_digit <= 4 and not 12 <= last_two_digits <= 14  # noqa: PLR2004 - grammar
        return f"{number} {russian[1 if is_paucal else 2]}"
