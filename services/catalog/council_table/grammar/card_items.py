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


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """An item whose label a text opens with, the printed label, and the text behind it."""

    item: CardItem
    label: str
    value: str
    has_number: bool = False

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
            return LabelMatch(self.item, title, _cut_label(longer_label, title))
        return None


def match_label(text: str) -> LabelMatch | None:
    """The item that a text begins, with or without its number and value; None for other text.

    Behind a label a value stands after a colon, or after the label as an export prints it.
    """
    unnumbered_text = _NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text
    plain_text = normalize_title(unnumbered_text[:_LONGEST_LABEL])
    for item, openings in _PLAIN_OPENINGS.items():
        if plain_text.startswith(openings):
            value = _cut_label(unnumbered_text, LABELS[item].title)
            return LabelMatch(item, unnumbered_text.removesuffix(value).strip(" :"), value)
    return None


def is_card(items: list[CardItem]) -> bool:
    """Whether labels that open rows make a card: a name, a level or term, and others."""
    kinds = set(items)
    return CardItem.NAME in kinds and len(kinds) >= _LEAST_ITEMS


def is_item_number(text: str) -> bool:
    """Whether the text is nothing but an item's number."""
    match = _NUMBER.fullmatch(text)
    return match is not None


def _cut_label(text: str, title: str) -> str:
    """What stands behind the label in its cell or line."""
    head, colon, value = text.partition(":")
    if colon and len(head) <= _LONGEST_LABEL:
        return value.strip()
    if normalize_title(text[: len(title)]) == normalize_title(title):
        return text[len(title) :].strip()
    return ""
