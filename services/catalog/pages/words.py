"""What the pages say, in Russian and English: messages, days, terms, counts."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")

_PERIOD = re.compile(r"(\d+)([YMWD])")

MESSAGES: Mapping[str, tuple[str, str]] = {
    "site": ("Каталог квалификаций", "Catalogue of qualifications"),
    "skip": ("Перейти к содержанию", "Skip to the content"),
    "language": ("English", "Русский"),
    "breadcrumbs": ("Вы здесь", "You are here"),
    "lead": (
        (
            "Квалификации советов по профессиональным квалификациям: что они подтверждают, какие "
            "документы нужны для экзамена и сколько действует свидетельство."
        ),
        (
            "Qualifications of the sector councils: what they confirm, which documents the "
            "examination asks for, and how long the certificate is valid."
        ),
    ),
    "search": ("Поиск", "Search"),
    "search.text": ("Слова или код", "Words or a code"),
    "search.hint": (
        "Название, трудовая функция, код стандарта или функции",
        "A name, a labour function, the code of a standard or function",
    ),
    "search.level": ("Уровень", "Level"),
    "search.standard": ("Профстандарт", "Occupational standard"),
    "search.area": ("Область деятельности", "Area of activity"),
    "search.council": ("Совет", "Council"),
    "search.on": ("Действует на день", "In force on"),
    "search.any": ("любой", "any"),
    "search.go": ("Найти", "Search"),
    "search.clear": ("Сбросить", "Clear"),
    "found.none": ("Ничего не найдено", "Nothing found"),
    "found.none.help": (
        "Уберите часть условий или напишите начало слова: «операт» найдёт «оператора».",
        "Remove some of the conditions, or write the beginning of a word.",
    ),
    "found.more": ("Следующая страница", "Next page"),
    "found.first": ("К началу списка", "To the start of the list"),
    "export": ("Взять с собой", "Take away"),
    "export.print": ("Форма для печати", "Form for printing"),
    "export.help": (
        "Форма составляется по одному совету: выберите его в поиске.",
        "A form is of one council: choose it in the search.",
    ),
    "level": ("Уровень {value}", "Level {value}"),
    "sublevel": ("подуровень {value}", "sublevel {value}"),
    "term": ("Срок действия свидетельства", "Certificate valid for"),
    "number": ("Номер в реестре", "Registry number"),
    "number.none": ("ещё не присвоен", "not assigned yet"),
    "standard": ("Профессиональный стандарт", "Occupational standard"),
    "standards": ("Профессиональные стандарты", "Occupational standards"),
    "order": ("приказ Минтруда {of}", "order of the Ministry of Labour {of}"),
    "order.unknown": ("реквизиты приказа не указаны", "the order is not stated"),
    "legal": ("Квалификационное требование закона", "Qualification requirement of the law"),
    "council": ("Совет по профессиональным квалификациям", "Sector qualifications council"),
    "activity": ("Вид профессиональной деятельности", "Kind of professional activity"),
    "conditions": ("Особые условия допуска к работе", "Special conditions of admission to work"),
    "information": ("Дополнительные сведения", "Additional information"),
    "characteristics": ("Дополнительные характеристики", "Additional characteristics"),
    "titles": ("Профессии и должности", "Trades and posts"),
    "book.etks": ("ЕТКС", "ETKS"),
    "book.eks": ("ЕКС", "EKS"),
    "book.okpdtr": ("ОКПДТР", "OKPDTR"),
    "book.other": ("иной справочник", "another reference book"),
    "classifiers": ("Классификаторы", "Classifiers"),
    "functions": ("Что подтверждает", "What it confirms"),
    "functions.caption": (
        "Трудовые функции, которые проверяет экзамен",
        "Labour functions that the examination covers",
    ),
    "code": ("Код", "Code"),
    "function": ("Трудовая функция", "Labour function"),
    "documents": ("Какие документы нужны", "Which documents are needed"),
    "documents.source": ("Как напечатано в форме совета", "As printed in the council's form"),
    "rule.all": ("Нужно всё", "All of these"),
    "rule.any": ("Достаточно одного", "One of these is enough"),
    "rule.and": ("и", "and"),
    "rule.or": ("или", "or"),
    "rule.experience": ("опыт не менее {months}", "experience of at least {months}"),
    "rule.added": (
        "время по этим видам работ складывается",
        "time in these kinds of work is added up",
    ),
    "absent": ("Не указано в документе совета", "Not stated in the council's document"),
    "completed": ("Дополнено издателем", "Completed by the publisher"),
    "versions": ("Версии", "Versions"),
    "version": ("Версия {value}", "Version {value}"),
    "versions.days": ("Дни действия", "Days in force"),
    "versions.state": ("Состояние", "State"),
    "versions.change": ("Изменение", "Change"),
    "days.since": ("с {since}", "from {since}"),
    "days.both": ("с {since} по {last}", "from {since} to {last}"),
    "days.never": ("не вступит в силу", "will not come into force"),
    "state.in_force": ("Действует", "In force"),
    "state.scheduled": ("Вступит в силу", "Not yet in force"),
    "state.superseded": ("Заменена", "Superseded"),
    "state.withdrawn": ("Отменена", "Withdrawn"),
    "change.first": ("первая версия", "first version"),
    "change.editorial": ("редакционное", "editorial"),
    "change.substantive": ("по существу", "substantive"),
    "approved": ("Утверждено", "Approved"),
    "approved.by": (
        "{by}, протокол № {number} от {day}",
        "{by}, protocol no. {number} of {day}",
    ),
    "withdrawal": ("Причина отмены", "Reason for the withdrawal"),
    "notice.other": (
        "Это не та версия, которая действует сегодня.",
        "This is not the version in force today.",
    ),
    "notice.current": ("Открыть действующую", "Open the one in force"),
    "differences": ("Что изменилось", "What changed"),
    "differences.between": (
        "Версия {after} в сравнении с версией {before}",
        "Version {after} compared with version {before}",
    ),
    "differences.none": ("Отличий нет.", "There is no difference."),
    "differences.where": ("Где", "Where"),
    "differences.before": ("Было", "Before"),
    "differences.after": ("Стало", "After"),
    "differences.kind": ("Вид", "Kind"),
    "differences.nothing": ("нет", "nothing"),
    "machine": ("Для программ", "For programs"),
    "form.title": ("Перечень квалификаций", "List of qualifications"),
    "form.print": (
        "Форма приказа Минтруда России от 12.12.2016 № 726н. Печатайте на листе A4, альбомно.",
        "The form of order 726n of 12.12.2016. Print on A4, landscape.",
    ),
    "problem.404": ("Такой страницы нет", "There is no such page"),
    "problem.422": ("Так спросить нельзя", "This cannot be asked"),
    "problem.help": (
        "Проверьте адрес или начните с поиска.",
        "Check the address, or start from the search.",
    ),
    "problem.field": ("Поле «{name}»: {said}", "Field {name}: {said}"),
    "back": ("К поиску", "To the search"),
    "member.name": ("Наименование", "Name"),
    "member.level": ("Уровень", "Level"),
    "member.sublevel": ("Подуровень", "Sublevel"),
    "member.council": ("Совет", "Council"),
    "member.registry_number": ("Номер в реестре", "Registry number"),
    "member.occupational_standard": ("Профессиональный стандарт", "Occupational standard"),
    "member.occupational_standard.order_number": ("Номер приказа", "Number of the order"),
    "member.occupational_standard.order_date": ("Дата приказа", "Date of the order"),
    "member.further_standards.order_number": ("Номер приказа", "Number of the order"),
    "member.further_standards.order_date": ("Дата приказа", "Date of the order"),
    "member.job_titles.grade": ("Разряд или категория", "Grade"),
    "member.job_titles.code": ("Код", "Code"),
    "member.job_titles.reference_book": ("Справочник", "Reference book"),
    "member.further_standards": ("Другие стандарты", "Further standards"),
    "member.labour_functions": ("Трудовые функции", "Labour functions"),
    "member.additional_information": ("Дополнительные сведения", "Additional information"),
    "member.legal_requirement": ("Требование закона", "Legal requirement"),
    "member.requirements": ("Документы", "Documents"),
    "member.requirements_text": ("Документы, как напечатано", "Documents, as printed"),
    "member.validity_term": ("Срок действия", "Validity"),
    "member.additional_characteristics": (
        "Дополнительные характеристики",
        "Additional characteristics",
    ),
    "member.job_titles": ("Профессии и должности", "Trades and posts"),
    "member.activity_type": ("Вид деятельности", "Kind of activity"),
    "member.special_conditions": ("Особые условия допуска", "Special conditions"),
    "member.classifiers": ("Классификаторы", "Classifiers"),
    "member.completed_by_publisher": ("Дополнено издателем", "Completed by the publisher"),
}
"""Each message in Russian and in English."""

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

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        """A message with its values."""
        return MESSAGES[key][self._place].format(**values)

    def day(self, day: date) -> str:
        """A day in words: 2 марта 2026 г., 2 March 2026."""
        year = f"{day.year} г." if self.language == "ru" else str(day.year)
        return f"{day.day} {_MONTHS[self.language][day.month - 1]} {year}"

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
