"""What Excel shows of a number: by the cell's number format (ECMA-376, part 1, 18.8.31).

Shown are whole and decimal numbers with literal text around them, percents, and dates. A format
with anything else (fractions, exponents, conditions) is not guessed at.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

BUILT_IN_FORMATS = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    14: "dd.mm.yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "dd.mm.yyyy h:mm", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 49: "@",
}  # fmt: skip
"""The formats that a workbook names by number alone."""

UNKNOWN_FORMAT = "?"
"""Of a number that a workbook does not explain."""

_PLAIN_FORMATS = frozenset({"", "general", "основной", "@"})
_MONTHS = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?:\$(?P<currency>[^\]-]*)[^\]]*'
    r"|(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?\d+))\]"
    r"|(?P<elapsed>\[(?:h+|m+|s+)\])|(?P<digits>[0#](?:[0#,.]*[0#])?)|(?P<noon>AM/PM)"
    r"|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+)|(?P<literal>[-+ /().:%,№\u00a0–—])",
    re.DOTALL | re.IGNORECASE,
)
_LITERAL_KINDS = frozenset({"quoted", "escaped", "literal"})
_SECTIONS = re.compile(r'(?:"[^"]*"|\\.|[^;])*', re.DOTALL)
_ZERO_SECTION, _TEXT_SECTION = 2, 3
_TOO_LARGE = Decimal(10) ** 15
_MAX_SERIAL = 2_958_466
_MAX_FORMAT_CHARACTERS = 255


class ShownKind(StrEnum):
    """What a shown value is."""

    NUMBER = "number"
    DATE = "date"
    TEXT = "text"  # the format shows its own text instead of the value
    NOTHING = "nothing"  # the format shows none of it
    UNKNOWN = "unknown"  # its format is beyond this module; the text is the bare number


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value as Excel shows it."""

    text: str
    kind: ShownKind


def show_number(value: str, number_format: str, *, starts_1904: bool = False) -> ShownValue:
    """What Excel shows of a number that a cell holds, such as `3.0` or a day's serial number.

    `starts_1904` is a workbook's setting: from which year its days are counted.
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        return ShownValue(value, ShownKind.UNKNOWN)
    if not number.is_finite() or abs(number) >= _TOO_LARGE:
        return ShownValue(value, ShownKind.UNKNOWN)
    if number_format.casefold() in _PLAIN_FORMATS:
        return ShownValue(_show_plain(number), ShownKind.NUMBER)
    section = _choose_section(number_format, number)
    if section == "" and ";" in number_format:
        return ShownValue("", ShownKind.NOTHING)
    literals = _split_tokens(section or "")
    if literals and all(token.lastgroup in _LITERAL_KINDS for token in literals):
        return ShownValue("".join(map(_literal, literals)), ShownKind.TEXT)
    shown_value = _show_section(number, section or "", starts_1904=starts_1904)
    return shown_value or ShownValue(_show_plain(number), ShownKind.UNKNOWN)


def show_text(text: str, number_format: str) -> str:
    """What a format shows of a cell's text: with literal text around it, or not at all.

    The text as it is where the format says nothing of text, or is beyond this module.
    """
    sections = _split_sections(number_format)
    if len(sections) > _TEXT_SECTION:
        section = sections[_TEXT_SECTION]
    elif number_format != "@" and "@" in sections[-1]:
        section = sections[-1]
    else:
        return text
    before, at_sign, after = section.partition("@")
    pieces = [_split_tokens(piece) for piece in (before, after)]
    if any(tokens is None for tokens in pieces):
        return text
    literals = ["".join(map(_literal, tokens or ())) for tokens in pieces]
    return f"{literals[0]}{text if at_sign else ''}{literals[1]}"


def _show_section(number: Decimal, section: str, *, starts_1904: bool) -> ShownValue | None:
    """What a part of a format shows of a number; None where it is beyond this module."""
    tokens = _split_tokens(section) or []
    kinds = [token.lastgroup for token in tokens]
    if "date" in kinds or "elapsed" in kinds:
        text = _show_date(number, tokens, starts_1904=starts_1904)
        return ShownValue(text, ShownKind.DATE) if text is not None else None
    if kinds.count("digits") != 1:
        return None
    return ShownValue(_show_digits(number, tokens), ShownKind.NUMBER)


def _split_sections(number_format: str) -> list[str]:
    """The format's parts for positive and negative numbers, zero and text."""
    matches = _SECTIONS.finditer(number_format[:_MAX_FORMAT_CHARACTERS])
    sections: list[str] = []
    end = -1
    for match in matches:
        if match.start() > end:
            sections.append(match[0])
            end = match.end()
    return sections


def _choose_section(number_format: str, number: Decimal) -> str | None:
    """The part of a format for a number, with a minus where it has none; None for conditions."""
    if re.search(r"\[[<>=]", number_format) or len(number_format) > _MAX_FORMAT_CHARACTERS:
        return None
    sections = _split_sections(number_format)
    if number == 0 and len(sections) > _ZERO_SECTION:
        return sections[_ZERO_SECTION]
    if number < 0:
        return sections[1] if len(sections) > 1 else f"-{sections[0]}"
    return sections[0]


def _split_tokens(section: str) -> list[re.Match[str]] | None:
    """The pieces of a part of a format; None where one is of no known kind."""
    tokens: list[re.Match[str]] = []
    end = 0
    while end < len(section):
        token = _TOKEN.match(section, end)
        if token is None:
            return None
        tokens.append(token)
        end = token.end()
    return tokens


def _show_plain(number: Decimal) -> str:
    """The number with up to ten digits after the point, without zeros at the end."""
    text = (
        f"{number.quantize(Decimal('1e-10'), ROUND_HALF_UP):f}" if number % 1 else f"{number:.0f}"
    )
    return text.rstrip("0").rstrip(".") if "." in text else text


def _show_digits(number: Decimal, tokens: list[re.Match[str]]) -> str:
    """The number in the digits of its format, with the literal text around them."""
    text = "".join(_literal(token) for token in tokens)
    digits = next(token["digits"] for token in tokens if token.lastgroup == "digits")
    scaled_number = abs(number) * (100 if "%" in text else 1)
    whole_format, _, fraction_format = digits.partition(".")
    places = len(fraction_format)
    whole_part, _, fraction_part = (
        f"{scaled_number.quantize(Decimal(10) ** -places, ROUND_HALF_UP):f}".partition(".")
    )
    required_places = fraction_format.rfind("0") + 1
    fraction_part = fraction_part[:required_places] + fraction_part[required_places:].rstrip("0")
    whole_part = whole_part.lstrip("0").zfill(whole_format.count("0"))
    if "," in whole_format:
        whole_part = f"{int(whole_part or 0):,}".replace(",", "\u00a0")
    shown_value = f"{whole_part}.{fraction_part}" if fraction_part else whole_part
    return "".join(
        shown_value if token.lastgroup == "digits" else _literal(token) for token in tokens
    )


def _show_date(number: Decimal, tokens: list[re.Match[str]], *, starts_1904: bool) -> str | None:
    """The day and time of a serial number; None where it is none."""
    if not 0 <= number < _MAX_SERIAL:
        return None
    epoch = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
    moment = epoch + timedelta(seconds=round(number * 86_400))
    pieces: list[str] = []
    has_hours = False
    for token in tokens:
        name = (token["date"] or token["elapsed"] or "").strip("[]").lower()
        pieces.append(_show_date_part(moment, name, is_minute=has_hours) or _literal(token))
        has_hours = name.startswith("h") or (has_hours and not name)
    return "".join(pieces)


def _show_date_part(moment: datetime, name: str, *, is_minute: bool) -> str:
    """A part of a date by its letters in a format; empty for no letters."""
    if name.startswith("m") and is_minute:
        return f"{moment.minute:0{len(name)}}"
    match name:
        case "yy" | "y":
            return f"{moment.year % 100:02}"
        case "mmm" | "mmmm" | "mmmmm":
            return _MONTHS[moment.month - 1]
    values = {"y": moment.year, "m": moment.month, "d": moment.day, "h": moment.hour}
    value = values.get(name[:1], moment.second)
    return f"{value:0{min(len(name), 2)}}" if name else ""


def _literal(token: re.Match[str]) -> str:
    """The text that a piece of a format stands for itself."""
    return token["quoted"] or token["escaped"] or token["currency"] or token["literal"] or ""
