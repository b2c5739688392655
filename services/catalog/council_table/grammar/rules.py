"""The rules by which a table is judged: the severity of each, and its message for people."""

from dataclasses import dataclass
from enum import StrEnum

from services.catalog.council_table.grammar import shown_messages


class Severity(StrEnum):
    """How grave a finding is for the person who applies the table."""

    ERROR = "error"  # the qualification cannot be applied before a person has decided
    WARNING = "warning"  # it can be applied; a person should know
    REPAIR = "repair"  # read otherwise than printed, by a rule with one possible result
    ASSUMPTION = "assumption"  # read in one of several senses; the message says which


@dataclass(frozen=True)
class FindingMessage:
    """The severity of a rule's findings, and their message in Russian and English.

    Both texts are templates for `str.format`; `Findings.add` supplies the values.
    """

    severity: Severity
    text_ru: str
    text_en: str


def _error_message(ru: str, en: str) -> FindingMessage:
    return FindingMessage(Severity.ERROR, ru, en)


def _warning_message(ru: str, en: str) -> FindingMessage:
    return FindingMessage(Severity.WARNING, ru, en)


def _repair_message(ru: str, en: str) -> FindingMessage:
    return FindingMessage(Severity.REPAIR, ru, en)


def _assumption_message(ru: str, en: str) -> FindingMessage:
    return FindingMessage(Severity.ASSUMPTION, ru, en)


_TABLE_MESSAGES = {
    "table.charset": _assumption_message(
        "Кодировка файла не указана; прочитано как {after}.",
        "The file does not name its charset; read as {after}.",
    ),
    "table.no_head": _assumption_message(
        "Строки с номерами граф нет; графы взяты по порядку, 1–11.",
        "There is no row of column numbers; the columns are taken in order, 1-11.",
    ),
    "table.head_repeated": _repair_message(
        "Повтор шапки ({place}) пропущен.", "The repeated head ({place}) is left out."
    ),
    "table.outside": _warning_message(
        "Текст вне таблицы не отнесён ни к одной строке.",
        "Text outside the table belongs to no row.",
    ),
    "table.empty": _error_message(
        "В файле нет ни одной квалификации.", "The file has no qualification."
    ),
    "council.missing": _error_message(
        "Совет не назван ни над таблицей, ни в подписи.",
        "The council is named neither above the table nor in the signature.",
    ),
    "council.from_signature": _assumption_message(
        "Совет взят из подписи: «{after}».", "The council is taken from the signature: {after}."
    ),
    "qualification.duplicate": _error_message(
        "Та же квалификация уже стоит в строке {other}.",
        "The same qualification already stands in row {other}.",
    ),
}

_ROW_MESSAGES = {
    "row.split": _repair_message(
        "Строка собрана из частей: {count} ({places}).",
        "The row is joined from {count} parts ({places}).",
    ),
    "row.drawn_rule": _repair_message(
        "Строка из одних черт ({place}) пропущена.",
        "A row of drawn rules ({place}) is left out.",
    ),
    "row.width": _error_message(
        "В части строки ({place}) не 11 ячеек, а {count}; отнести их к графам однозначно нельзя.",
        "A part of the row ({place}) has {count} cells, not 11, and they fit more than one way "
        "or none.",
    ),
    "row.lost_cells": _repair_message(
        "В части строки ({place}) не 11 ячеек, а {count}; потерянные пустые ячейки возвращены.",
        "A part of the row ({place}) has {count} cells, not 11; the lost empty ones are put back.",
    ),
    "cell.markup": _repair_message("Остатки разметки удалены.", "Residue of markup is stripped."),
    "cell.unprintable": _error_message(
        "Эти знаки нельзя напечатать в документах: {letters}.",
        "These characters cannot be printed on documents: {letters}.",
    ),
    "cell.merged_above": _assumption_message(
        "Ячейка объединена с верхней; её текст отнесён и к этой строке.",
        "The cell is merged with the one above; its text is taken for this row too.",
    ),
    "cell.merged_left": _assumption_message(
        "Ячейка объединена с левой; считается пустой.",
        "The cell is merged with the one to its left; it is read as empty.",
    ),
    "cell.formula": _error_message(
        "В ячейке формула; формулы не вычисляются. Впишите значение.",
        "The cell holds a formula; formulas are never evaluated. Write the value.",
    ),
    "cell.blank": _assumption_message(
        "Графа пуста; считается, что сведений нет.",
        "The cell is blank; read as having nothing to say.",
    ),
    "cell.blank_beside_dash": _warning_message(
        "Графа пуста, а в других строках в ней стоит «-»; считается, что сведений нет.",
        "The cell is blank where other rows have a dash; read as having nothing to say.",
    ),
}

_SHOWN_MESSAGES = {
    **{rule: _warning_message(*texts) for rule, texts in shown_messages.WARNINGS.items()},
    **{rule: _error_message(*texts) for rule, texts in shown_messages.ERRORS.items()},
    **{rule: _repair_message(*texts) for rule, texts in shown_messages.REPAIRS.items()},
}

_NUMBER_AND_NAME_MESSAGES = {
    "number.row_number": _assumption_message(
        "«{before}» — номер строки, а не номер в реестре; номера в реестре нет.",
        "{before} is a row number, not a registry number; there is no registry number.",
    ),
    "number.missing": _assumption_message(
        "Графа пуста; номера в реестре нет.",
        "The cell is blank; there is no registry number.",
    ),
    "number.unread": _error_message(
        "«{before}» — не номер строки и не номер в реестре вида 07.01000.01.",
        "{before} is neither a row number nor a registry number such as 07.01000.01.",
    ),
    "name.missing": _error_message("Нет наименования.", "There is no name."),
    "name.level_inside": _repair_message(
        "Уровень напечатан в графе наименования ({brackets}); наименование — «{after}».",
        "The level is printed inside the name's cell ({brackets_en}); the name is: {after}.",
    ),
    "name.level_differs": _error_message(
        "В графе наименования уровень {before}, в графе 4 — {after}.",
        "The name's cell says level {before}, column 4 says {after}.",
    ),
    "name.capital": _repair_message(
        "Прописная буква внутри наименования. В источнике сохранено как напечатано; "
        "показывается «{after}».",
        "A capital letter inside the name. The source is kept as printed; it is shown as: {after}.",
    ),
    "name.capital_kept": _warning_message(
        "Прописная буква внутри наименования («{word}»); оставлена: это может быть имя.",
        "A capital letter inside the name ({word}); it is kept, for it may be a proper name.",
    ),
    "level.missing": _error_message("Уровень не указан.", "There is no level."),
    "level.unread": _error_message(
        "«{before}» — не уровень от 1 до 9.", "{before} is no level from 1 to 9."
    ),
}

_STANDARD_MESSAGES = {
    "standard.missing": _warning_message(
        "Профессиональный стандарт не указан.", "There is no occupational standard."
    ),
    "standard.unread": _error_message(
        "Из графы не удалось выделить наименование стандарта и реквизиты приказа.",
        "The standard's title and its order cannot be told apart.",
    ),
    "standard.several": _error_message(
        "В графе несколько стандартов; разделите их вручную.",
        "The cell has several standards; separate them by hand.",
    ),
    "standard.code_from_title": _assumption_message(
        "Код стандарта не напечатан; по наименованию это {after}.",
        "The standard's code is not printed; by its title it is {after}.",
    ),
    "standard.code_missing": _error_message(
        "Код стандарта не напечатан, и стандарт с таким наименованием неизвестен.",
        "The standard's code is not printed, and no standard of this title is known.",
    ),
    "standard.order_number_missing": _warning_message(
        "Не указан номер приказа; не восполняется.",
        "The order's number is missing; it is not filled in.",
    ),
    "standard.order_date_missing": _warning_message(
        "Не указана дата приказа; не восполняется.",
        "The order's date is missing; it is not filled in.",
    ),
    "standard.order_date_unread": _error_message(
        "«{before}» — не дата приказа.", "{before} is no date of an order."
    ),
}

_FUNCTION_MESSAGES = {
    "code.cyrillic": _repair_message(
        "Буква в коде — кириллическая; прочитано как {after}.",
        "The code's letter is Cyrillic; read as {after}.",
    ),
    "code.transliterated": _repair_message(
        "V — кириллическая «В», записанная латиницей по звучанию; прочитано как {after}.",
        "V is the Cyrillic letter В transliterated by sound; read as {after}.",
    ),
    "code.spelling": _repair_message(
        "Код записан не по форме «A/01.3»; прочитано как {after}.",
        "The code is not spelt as in A/01.3; read as {after}.",
    ),
    "code.unread": _error_message(
        "«{before}» — не код трудовой функции вида A/01.3.",
        "{before} is no code of a labour function such as A/01.3.",
    ),
    "code.russian_alphabet": _error_message(
        "В таблице есть коды с буквами только русского алфавита; «В» может быть третьей буквой. "
        "Кириллические коды проверьте вручную.",
        "The table has codes with letters that only the Russian alphabet has; В may be its third. "
        "Check Cyrillic codes by hand.",
    ),
    "code.level_differs": _warning_message(
        "Уровень функции {code} — не уровень квалификации ({level}).",
        "The level of function {code} is not the qualification's ({level}).",
    ),
    "code.duplicate": _error_message(
        "Код {code} стоит в строке более одного раза.",
        "The code {code} stands in the row more than once.",
    ),
    "codes.missing": _error_message("Нет кодов трудовых функций.", "There are no function codes."),
    "names.split": _repair_message(
        "Наименования функций напечатаны слитно; разделены по заглавным буквам: {count}, "
        "по числу кодов.",
        "The functions' names run together; they are separated at capital letters into {count}, "
        "as many as there are codes.",
    ),
    "names.small_letter": _assumption_message(
        "Наименований столько же, сколько кодов, но не все с заглавной буквы.",
        "There are as many names as codes, but not all open with a capital.",
    ),
    "names.count": _error_message(
        "Кодов функций {codes}, наименований {names}; соотнести их однозначно нельзя.",
        "There are {codes} function codes and {names} names; they cannot be matched in one way.",
    ),
}

_REQUIREMENT_MESSAGES = {
    "requirements.missing": _error_message(
        "Перечень документов не указан.", "There is no list of documents."
    ),
    "requirements.unread": _error_message(
        "Не прочитано по правилам, оставлено текстом: «{before}».",
        "Outside the stated grammar, left as prose: {before}",
    ),
    "requirements.paragraph": _repair_message(
        "Перечень документов напечатан слитно; разделён на абзацы.",
        "The list of documents runs together; it is separated into paragraphs.",
    ),
    "requirements.or_lines": _assumption_message(
        "Документы под одним номером без союза прочитаны как «или»: {after}.",
        "Documents under one number without a conjunction are read as alternatives: {after}.",
    ),
    "requirements.or_list": _assumption_message(
        "Программы через запятую прочитаны как «или»: {after}.",
        "Programmes set apart by commas are read as alternatives: {after}.",
    ),
    "requirements.or_word": _assumption_message(
        "«или» прочитано как выбор: {after}.", 'The word for "or" is read as a choice: {after}.'
    ),
    "requirements.added_fields": _assumption_message(
        "«и/или» между областями опыта: месяцы складываются: {after}.",
        '"And/or" between fields of experience: their months are added: {after}.',
    ),
    "validity.missing": _warning_message(
        "Срок действия свидетельства не указан; не восполняется.",
        "The certificate's term is blank; it is not filled in.",
    ),
    "validity.unread": _error_message(
        "«{before}» — не срок вида «3 года».", "{before} is no term such as 3 years."
    ),
}

MESSAGES: dict[str, FindingMessage] = {
    **_TABLE_MESSAGES,
    **_ROW_MESSAGES,
    **_SHOWN_MESSAGES,
    **_NUMBER_AND_NAME_MESSAGES,
    **_STANDARD_MESSAGES,
    **_FUNCTION_MESSAGES,
    **_REQUIREMENT_MESSAGES,
}
"""All rules by their names."""
