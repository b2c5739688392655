"""The numbers and bullets that an editor gives to paragraphs of lists (ISO/IEC 29500-1, 17.9).

They are printed, so they are read, and an empty paragraph has its number, too. Lists that are made
of one another count on together unless one of them starts anew.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.catalog.council_table.reading.docx_formats import W, has_element, read_value

_LETTERS = {
    "lowerLetter": "abcdefghijklmnopqrstuvwxyz",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщэюя",
}
_LETTERS |= {
    "upperLetter": _LETTERS["lowerLetter"].upper(),
    "russianUpper": _LETTERS["russianLower"].upper(),
}
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MAX_COUNT = 9_999
_PLACEHOLDER = re.compile(r"%([1-9])")
_KEPT_BULLETS = frozenset("-–—−*")
"""Printed as they are; other bullets are signs of fonts of their own, and read as `•`."""


@dataclass(frozen=True, slots=True)
class _Level:
    """A level of a list: where it starts, how it counts, and its text such as `%1.%2.`."""

    start: int
    number_format: str
    text: str
    style: str | None
    is_legal: bool
    has_gap: bool


@dataclass
class _List:
    """A list: the levels of its definition, and the starts that are its own."""

    definition: str
    levels: dict[int, _Level]
    own_starts: dict[int, int] = field(default_factory=dict)


class ListNumbers:
    """Counts the items of a document's lists in their order, by the parts that define them."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._lists = {
            list_id: list_definition
            for part in parts
            for list_id, list_definition in _read_lists(part)
        }
        self._counts: dict[str, dict[int, int]] = {}

    def find_level(self, list_id: str, style: str) -> int:
        """The level at which a style numbers its paragraphs in a list, from 0."""
        levels = self._lists[list_id].levels if list_id in self._lists else {}
        return next((number for number, level in levels.items() if level.style == style), 0)

    def number_item(self, content: str, list_id: str, level_number: int) -> str:
        """The text of the next item of a list, its number or bullet in front."""
        item_list = self._lists.get(list_id)
        level = item_list.levels.get(level_number) if item_list is not None else None
        if item_list is None or level is None:
            return content
        counts = self._count_item(item_list, level_number)
        if level.number_format == "bullet":
            bullet = level.text if level.text in _KEPT_BULLETS else "•"
            return f"{bullet} {content}" if content.strip() else content
        number = _PLACEHOLDER.sub(
            lambda match: _show_count(
                item_list.levels, counts, int(match[1]) - 1, is_legal=level.is_legal
            ),
            level.text,
        )
        return f"{number}{' ' if level.has_gap and number else ''}{content}"

    def _count_item(self, item_list: _List, level_number: int) -> dict[int, int]:
        """Counts an item of a level; the levels below start anew."""
        counts = self._counts.setdefault(item_list.definition, {})
        level = item_list.levels[level_number]
        start = item_list.own_starts.pop(level_number, None)
        counts[level_number] = (
            start if start is not None else counts.get(level_number, level.start - 1) + 1
        )
        for number in [number for number in counts if number > level_number]:
            del counts[number]
        return counts


def _show_count(
    levels: dict[int, _Level], counts: dict[int, int], number: int, *, is_legal: bool
) -> str:
    """How far a level has counted, in its own way of writing numbers."""
    level = levels.get(number)
    if level is None:
        return ""
    count = counts.setdefault(number, level.start)
    return format_count(count, "decimal" if is_legal else level.number_format)


def format_count(count: int, number_format: str) -> str:
    """A number in one of the formats of lists; in digits where the format is not known."""
    letters = _LETTERS.get(number_format)
    if not 0 < count <= _MAX_COUNT or number_format == "none":
        return "" if number_format == "none" else str(count)
    if letters is not None:
        return letters[(count - 1) % len(letters)] * ((count - 1) // len(letters) + 1)
    if number_format == "decimalZero":
        return f"{count:02}"
    if number_format not in {"lowerRoman", "upperRoman"}:
        return str(count)
    text = ""
    for value, sign in _ROMAN:
        text += sign * (count // value)
        count %= value
    return text if number_format == "lowerRoman" else text.upper()


def _read_lists(part: Any) -> Iterator[tuple[str, _List]]:
    """The lists of a part by their ids."""
    definitions = {
        element.get(f"{W}abstractNumId", ""): element for element in part.iter(f"{W}abstractNum")
    }
    definitions_by_style = {
        style: element
        for element in definitions.values()
        if (style := read_value(element, "styleLink")) is not None
    }
    for element in part.iter(f"{W}num"):
        definition_id = read_value(element, "abstractNumId") or ""
        definition = definitions.get(definition_id)
        linked_style = read_value(definition, "numStyleLink")
        definition = definitions_by_style.get(linked_style or "", definition)
        item_list = _List(definition_id, dict(_read_levels(definition)))
        for override in element.iterchildren(f"{W}lvlOverride"):
            item_list.levels |= dict(_read_levels(override))
            start = read_value(override, "startOverride")
            if start is not None:
                item_list.own_starts[int(override.get(f"{W}ilvl", "0"))] = int(start)
        yield element.get(f"{W}numId", ""), item_list


def _read_levels(definition: Any | None) -> Iterator[tuple[int, _Level]]:
    """The levels that a definition, or a list's own changes of it, describe."""
    for element in definition.iterchildren(f"{W}lvl") if definition is not None else ():
        yield (
            int(element.get(f"{W}ilvl", "0")),
            _Level(
                start=int(read_value(element, "start") or 0),
                number_format=read_value(element, "numFmt") or "decimal",
                text=read_value(element, "lvlText") or "",
                style=read_value(element, "pStyle"),
                is_legal=has_element(element, "isLgl"),
                has_gap=read_value(element, "suff") != "nothing",
            ),
        )
