"""The words of one language: messages, plurals, dates, periods."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_time,
    format_timedelta,
    get_month_names,
    get_timezone_location,
)
from babel.lists import format_list
from babel.numbers import format_decimal

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
LEAST_LETTERS = 3
"""Of a month's name that is shortened."""
SHORT_DAY_MESSAGE = "day.short"
"""The message that is a CLDR pattern, because CLDR's own short dates are not those of tables."""

_PERIOD_PART = re.compile(r"(\d+)([YMWD])")
PERIOD_MESSAGES = {
    "Y": "period.years",
    "M": "period.months",
    "W": "period.weeks",
    "D": "period.days",
}
"""The message of each unit of an ISO 8601 period."""

FORMAT_MESSAGES = frozenset({*PERIOD_MESSAGES.values(), SHORT_DAY_MESSAGE})
"""What this module asks for; all other messages are asked for by pages."""


class Translator:
    """Messages and formats of one language.

    `language` is its code, as in addresses; `name` is what it calls itself, such as "Русский". A
    message that the language lacks is said by `messages` in the first language.
    """

    def __init__(
        self, language: str, locale: Locale, messages: NullTranslations, keys: frozenset[str]
    ) -> None:
        self.language = language
        self.name = _capitalize(locale.language_name or language)
        self._locale = locale
        self._messages = messages
        self._keys = keys

    def __call__(self, key: str, **values: object) -> str:
        """The message of this key with its values filled in. Raises `KeyError`."""
        self._require_message(key)
        return self._messages.gettext(key).format(**values)

    def __contains__(self, key: object) -> bool:
        """Whether there is a message of this key, at least in the first language."""
        return key in self._keys

    def plural(self, key: str, number: int, **values: object) -> str:
        """The message of this key in the form that the number asks for. Raises `KeyError`."""
        self._require_message(key)
        text = self._messages.ngettext(key, key, number)
        return text.format(number=self.format_number(number), **values)

    @property
    def month_names(self) -> Mapping[int, str]:
        """The months from 1 as they stand in a date: ноября, November."""
        return get_month_names("wide", "format", self._locale)

    def find_month(self, text: str) -> int | None:
        """The month that this text names, in full or by its first three letters or more.

        None where it names no month, or more than one.
        """
        beginning = text.casefold().rstrip(".")
        numbers = {
            number
            for context in ("format", "stand-alone")
            for number, name in get_month_names("wide", context, self._locale).items()
            if name.casefold().startswith(beginning)
        }
        return numbers.pop() if len(numbers) == 1 and len(beginning) >= LEAST_LETTERS else None

    def format_day(self, day: date) -> str:
        """A day in words: 2 марта 2026 г., 2 March 2026. Its parts are never on two lines."""
        return NO_BREAK_SPACE.join(format_date(day, "long", locale=self._locale).split())

    def format_short_day(self, day: date) -> str:
        """A day for a table: 02.03.2026, 2 Mar 2026. Its parts are never on two lines."""
        day_text = format_date(day, self(SHORT_DAY_MESSAGE), locale=self._locale)
        return day_text.replace(" ", NO_BREAK_SPACE)

    def format_number(self, number: int) -> str:
        """A whole number with its thousands apart: 1 240, 1,240."""
        return format_decimal(number, locale=self._locale)

    def format_decimal(self, number: Decimal) -> str:
        """A number with all its decimals: 8,5, 8.5."""
        with localcontext() as context:
            context.prec = max(context.prec, len(f"{number:f}"))
            return format_decimal(number, locale=self._locale, decimal_quantization=False)

    def format_numbers(self, numbers: Iterable[int]) -> str:
        """Whole numbers as a list: 180, 60 и 14; 180, 60 and 14."""
        words: str = format_list(
            [self.format_number(number) for number in numbers], locale=self._locale
        )
        return words

    def format_instant(self, instant: datetime, zone: ZoneInfo) -> str:
        """An instant in words, in the zone's civil time: 2 марта 2026 г., 15:00."""
        local_time = instant.astimezone(zone)
        clock_time = format_time(local_time, "HH:mm", tzinfo=zone, locale=self._locale)
        return f"{self.format_day(local_time.date())}, {clock_time}"

    def format_time(self, instant: datetime, zone: ZoneInfo) -> str:
        """The zone's civil time of an instant: 15:40."""
        return format_time(instant, "HH:mm", tzinfo=zone, locale=self._locale)

    def format_moment(self, instant: datetime, zone: ZoneInfo) -> str:
        """An instant to the second, with its zone: 2 марта 2026 г., 15:00:07 (Москва)."""
        civil_day = self.format_day(instant.astimezone(zone).date())
        clock_time = format_time(instant, "HH:mm:ss", tzinfo=zone, locale=self._locale)
        return f"{civil_day}, {clock_time} ({self.name_city(zone)})"

    def format_duration(self, duration: timedelta) -> str:
        """A duration in its largest unit, rounded: 5 мин, 2 hr. Its parts are on one line."""
        words: str = format_timedelta(duration, format="short", locale=self._locale)
        return words.replace(" ", NO_BREAK_SPACE)

    def name_city(self, zone: ZoneInfo) -> str:
        """The city by which people call the zone: Москва, Moscow."""
        city: str = get_timezone_location(zone, self._locale, return_city=True)
        return city

    def format_period(self, period: str) -> str:
        """An ISO 8601 period in words: `P1Y6M` is 1 год 6 месяцев, 1 year 6 months."""
        return " ".join(
            self.plural(PERIOD_MESSAGES[unit], int(number))
            for number, unit in _PERIOD_PART.findall(period)
        )

    def _require_message(self, key: str) -> None:
        """Raises `KeyError` where no language has a message of this key: gettext would say it."""
        if key not in self._keys:
            raise KeyError(key)


def _capitalize(name: str) -> str:
    """The name as it stands alone; CLDR gives it as it stands inside a sentence."""
    return name[:1].upper() + name[1:]
