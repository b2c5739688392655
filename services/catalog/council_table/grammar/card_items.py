"""The items of the numbered card, the layout of qualifications since 2023, by their labels.

A card says downwards what a row of the form (order 726n, annex) says across, and more. Items are
told by their labels, for their numbers differ; labels are compared as all titles are.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.catalog.council_table.grammar.column import Column
from shared.text import normalize_title


class CardItem(StrEnum):
    """What an item of a card says."""

    NAME = "name"
    NUMBER = "number"
    LEVEL = "level"
    AREA = "area"
    ACTIVITY = "activity"
    PROTOCOL = "protocol"
    ORDER = "order"
    BASIS = "basis"
    FUNCTIONS = "functions"
    INFORMATION = "information"
    REQUIREMENT = "requirement"
    TITLES = "titles"
    PATHS = "paths"
    CONDITIONS = "conditions"
    RIGHT = "right"
    DOCUMENTS = "documents"
    TERM = "term"
    UNKNOWN = "unknown"  # numbered like the others, with a label of its own


@dataclass(frozen=True, slots=True)
class CardLabel:
    """An item's label as an export prints it, and the openings by which printed ones are told."""

    title: str
    openings: tuple[str, ...]


LABELS = {
    CardItem.NAME: CardLabel("Наименование квалификации", ("наименование квалификации",)),
    CardItem.NUMBER: CardLabel(
        "Номер квалификации в реестре",
        ("номер квалификации", "регистрационный номер квалификации", "код квалификации"),
    ),
    CardItem.LEVEL: CardLabel(
        "Уровень (подуровень) квалификации",
        ("уровень (подуровень", "уровень квалификации", "квалификационный уровень"),
    ),
    CardItem.AREA: CardLabel(
        "Область профессиональной деятельности", ("область профессиональной деятельности",)
    ),
    CardItem.ACTIVITY: CardLabel(
        "Вид профессиональной деятельности", ("вид профессиональной деятельности",)
    ),
    CardItem.PROTOCOL: CardLabel(
        "Реквизиты протокола Совета об одобрении квалификации",
        ("реквизиты протокола", "протокол совета", "номер и дата протокола"),
    ),
    CardItem.ORDER: CardLabel(
        "Реквизиты приказа Национального агентства об утверждении квалификации",
        ("реквизиты приказа", "приказ национального агентства", "номер и дата приказа"),
    ),
    CardItem.BASIS: CardLabel(
        "Основание разработки квалификации", ("основание разработки", "основания разработки")
    ),
    CardItem.FUNCTIONS: CardLabel(
        "Трудовые функции (профессиональные задачи, обязанности) и их характеристики",
        ("трудовые функции", "трудовая функция"),
    ),
    CardItem.INFORMATION: CardLabel("Дополнительные сведения", ("дополнительные сведения",)),
    CardItem.REQUIREMENT: CardLabel(
        "Квалификационное требование, установленное федеральным законом и иным нормативным "
        "правовым актом Российской Федерации",
        ("квалификационное требование", "квалификационные требования"),
    ),
    CardItem.TITLES: CardLabel(
        "Возможные наименования должностей, профессий и иные дополнительные характеристики",
        (
            "возможные наименования",
            "наименования должностей",
            "связанные с квалификацией наименования",
            "дополнительные характеристики",
        ),
    ),
    CardItem.PATHS: CardLabel(
        "Основные пути получения квалификации", ("основные пути", "пути получения")
    ),
    CardItem.CONDITIONS: CardLabel("Особые условия допуска к работе", ("особые условия",)),
    CardItem.RIGHT: CardLabel(
        "Наличие специального права", ("наличие специального права", "специальное право")
    ),
    CardItem.DOCUMENTS: CardLabel(
        "Перечень документов, необходимых для прохождения профессионального экзамена по "
        "соответствующей квалификации",
        ("перечень документов", "документы, необходимые"),
    ),
    CardItem.TERM: CardLabel(
        "Срок действия свидетельства о квалификации", ("срок действия свидетельства",)
    ),
}
"""The labels in the order of the card."""

_PLAIN_OPENINGS = {
    item: tuple(map(normalize_title, label.openings)) for item, label in LABELS.items()
}

ITEM_COLUMNS = {
    CardItem.NAME: Column.NAME,
    CardItem.NUMBER: Column.REGISTRY_NUMBER,
    CardItem.LEVEL: Column.LEVEL,
    CardItem.BASIS: Column.OCCUPATIONAL_STANDARD,
    CardItem.FUNCTIONS: Column.FUNCTION_CODES,
    CardItem.INFORMATION: Column.ADDITIONAL_INFORMATION,
    CardItem.REQUIREMENT: Column.LEGAL_REQUIREMENT,
    CardItem.TITLES: Column.ADDITIONAL_CHARACTERISTICS,
    CardItem.DOCUMENTS: Column.REQUIREMENTS,
    CardItem.TERM: Column.VALIDITY_TERM,
}
"""The form's column that an item fills; the others have none."""

BASIS_HEADS = ("Вид документа", "Полное наименование и реквизиты документа")
FUNCTION_HEADS = ("Код", "Наименование трудовой функции")
STANDARD_KIND = "Профессиональный стандарт"
REQUIREMENT_KIND = "Квалификационное требование"

_NUMBER = re.compile(r"(\d{1,2})[.)]?(?:\s+|$)")
_LEAST_ITEMS = 4
_LONGEST_LABEL = 250
_LABEL_WORD = re.compile(r"\S+")
_LABEL_REMARK = re.compile(r"\([^)]*\)\s*")
"""Behind a label, such as `(при наличии)`."""
_REFERENCE_BOOK = re.compile(r"(?:ЕТКС|ЕКС|ОКПДТР|Иной справочник)$")
"""Before a colon it begins the value, and no label."""


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """An item whose label a text opens with, the printed label, and the text behind it."""

    item: CardItem
    label: str
    value: str
    number: int | None = None

    def continue_label(self, text: str) -> "LabelMatch | None":
        """The match with a label that goes on in the text; None where it is complete or does not.

        Its value is then what stands behind the whole label.
        """
        title = LABELS[self.item].title
        longer_label = f"{self.label} {text}"
        plain_title, plain_label = normalize_title(title), normalize_title(longer_label)
        if self.value or normalize_title(self.label) == plain_title:
            return None
        if plain_title.startswith(plain_label):
            return LabelMatch(self.item, longer_label, "")
        if plain_label.startswith(plain_title):
            return LabelMatch(
                self.item, title, _cut_label(longer_label, LABELS[self.item], is_alone=False)
            )
        return None


def match_label(text: str, *, is_alone: bool = False) -> LabelMatch | None:
    """The item that a text begins, with or without its number and value; None for other text.

    Behind a label a value stands after a colon, or after the label as an export prints it; where
    the text `is_alone` in its row or line, after a shorter label, too.
    """
    number_match = _NUMBER.match(text)
    unnumbered_text = text[number_match.end() :] if number_match is not None else text
    number = int(number_match[1]) if number_match is not None else None
    plain_text = normalize_title(unnumbered_text[:_LONGEST_LABEL])
    for item, openings in _PLAIN_OPENINGS.items():
        if plain_text.startswith(openings):
            value = _cut_label(unnumbered_text, LABELS[item], is_alone=is_alone)
            label = unnumbered_text.removesuffix(value).strip(" :\n")
            return LabelMatch(item, label, value, number)
    return None


def match_unknown_item(cells: tuple[str, ...], number: int) -> LabelMatch | None:
    """The item of this number, with a label that is not known, that a row begins."""
    number_match = _NUMBER.match(cells[0]) if cells else None
    if number_match is None or int(number_match[1]) != number:
        return None
    labels = [cells[0][number_match.end() :], *cells[1:]]
    label = next(filter(None, labels), None)
    return LabelMatch(CardItem.UNKNOWN, label, "", number) if label is not None else None


def is_card(items: list[CardItem]) -> bool:
    """Whether labels that open rows make a card: a name or number, and others."""
    kinds = set(items)
    return bool(kinds & {CardItem.NAME, CardItem.NUMBER}) and len(kinds) >= _LEAST_ITEMS


def read_item_number(text: str) -> int | None:
    """The number of an item where the text is nothing else, None for other text."""
    match = _NUMBER.fullmatch(text)
    return int(match[1]) if match is not None else None


def is_item_number(text: str) -> bool:
    """Whether the text is nothing but an item's number."""
    return read_item_number(text) is not None


def _cut_label(text: str, label: CardLabel, *, is_alone: bool) -> str:
    """What stands behind the label in its cell or line; its short form counts where it is alone."""
    short_label_end, has_whole_label = _find_label_end(text, label)
    head, colon, _ = text[:_LONGEST_LABEL].partition(":")
    if has_whole_label:
        return text[short_label_end:].strip(" :\n")
    if colon and "\n" not in head:
        book = _REFERENCE_BOOK.search(head)
        return text[book.start() :] if book is not None else text[len(head) + 1 :].strip()
    if not is_alone:
        return ""
    rest = text[short_label_end:].strip()
    remark = _LABEL_REMARK.match(rest)
    return rest[remark.end() :] if remark is not None else rest


def _find_label_end(text: str, label: CardLabel) -> tuple[int, bool]:
    """How far the words of the label go in a text, and whether they are all of them."""
    plain_titles = tuple(f"{normalize_title(title)} " for title in (label.title, *label.openings))
    end = 0
    for word in _LABEL_WORD.finditer(text[:_LONGEST_LABEL]):
        plain_label = f"{normalize_title(text[: word.end()]).rstrip(':')} "
        if not any(title.startswith(plain_label) for title in plain_titles):
            break
        end = word.end()
    return end, f"{normalize_title(text[:end]).rstrip(':')} " == plain_titles[0]
