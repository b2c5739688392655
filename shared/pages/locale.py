"""What pages say, in Russian and English: messages, days, terms, counts."""

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
_UNITS = {
    "Y": (("год", "года", "лет"), ("year", "years")),
    "M": (("месяц", "месяца", "месяцев"), ("month", "months")),
    "W": (("неделя", "недели", "недель"), ("week", "weeks")),
    "D": (("день", "дня", "дней"), ("day", "days")),
}


class Words:
    """One language of the pages."""

    def __init__(self, language: Language, messages: Messages) -> None:
        self.language = language
        self._place = LANGUAGES.index(language)
        self._messages = messages

    def __call__(self, key: str, **values: object) -> str:
        """A message with its values."""
        return self._messages[key][self._place].format(**values)

    def day(self, day: date) -> str:
        """A day in words: 2 марта 2026 г., 2 March 2026."""
        year = f"{day.year} г." if self.language == "ru" else str(day.year)
        return f"{day.day} {_MONTHS[self.language][day.month - 1]} {year}"

    def full_day(self, day: date) -> str:
        """A day as documents of law write it: 2 марта 2026 года, 2 March 2026."""
        year = f"{day.year} года" if self.language == "ru" else str(day.year)
        return f"{day.day} {_MONTHS[self.language][day.month - 1]} {year}"

    def moment(self, instant: datetime, zone: ZoneInfo) -> str:
        """An instant in words, by the clocks of the zone: 2 марта 2026 г., 15:00."""
        local = instant.astimezone(zone)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def term(self, period: str) -> str:
        """An ISO 8601 period in words: `P1Y6M` is 1 год 6 месяцев, 1 year 6 months."""
        return " ".join(self.count(int(n), unit) for n, unit in _PERIOD.findall(period))

    def months(self, months: int) -> str:
        """Months in words, in Russian in the genitive that "не менее" asks for."""
        if self.language == "en":
            return self.count(months, "M")
        one = months % 10 == 1 and months % 100 != 11  # noqa: PLR2004 - grammar
        return f"{months} {'месяца' if one else 'месяцев'}"

    def count(self, number: int, unit: str) -> str:
        """A number with its unit in the right form."""
        russian, english = _UNITS[unit]
        if self.language == "en":
            return f"{number} {english[number != 1]}"
        ones, tens = number % 10, number % 100
        if ones == 1 and tens != 11:  # noqa: PLR2004 - grammar
            return f"{number} {russian[0]}"
        few = 2 <= ones <= 4 and not 12 <= tens <= 14  # noqa: PLR2004 - grammar
        return f"{number} {russian[1 if few else 2]}"
