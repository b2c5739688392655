"""The messages of the page, in Russian and English."""

from shared.pages.locale import Messages

MESSAGES: Messages = {
    "site": ("Проверка свидетельств", "Verification of certificates"),
    "skip": ("Перейти к содержанию", "Skip to the content"),
    "language": ("English", "Русский"),
    "lead": (
        "Действует ли свидетельство о квалификации: по номеру и дате выдачи, как они напечатаны.",
        "Is a certificate of qualification valid: by its number and date of issue, as printed.",
    ),
    "number": ("Номер свидетельства", "Number of the certificate"),
    "issued_on": ("Дата выдачи", "Date of issue"),
    "at": ("На какой день (если не сегодня)", "As of which day (if not today)"),
    "check": ("Проверить", "Check"),
    "answer": ("Ответ на {day}", "The answer for {day}"),
    "verdict.valid": ("Действует", "Valid"),
    "verdict.expiring": ("Действует, срок скоро кончится", "Valid, ends soon"),
    "verdict.expired": ("Срок действия истёк", "Expired"),
    "verdict.superseded": ("Заменено новым свидетельством", "Superseded by a newer certificate"),
    "verdict.suspended": ("Действие приостановлено", "Suspended"),
    "verdict.withdrawn": ("Отозвано", "Withdrawn"),
    "verdict.annulled": ("Аннулировано: выдано ошибочно", "Annulled: issued in error"),
    "verdict.not_found": ("Не найдено", "Not found"),
    "help.not_found": (
        "Свидетельства с таким номером и датой выдачи нет. Сверьте оба с документом.",
        "No certificate has this number and date of issue. Compare both with the document.",
    ),
    "qualification": ("Квалификация", "Qualification"),
    "level": ("Уровень", "Level"),
    "council": ("Совет", "Council"),
    "valid_until": ("Действительно по", "Valid through"),
    "successor": ("Новое свидетельство", "The newer certificate"),
    "recheck_on": ("Ответ может измениться", "The answer may change"),
    "known_at_the_time": (
        "В тот день было известно другое: {verdict}.",
        "On that day something else was known: {verdict}.",
    ),
    "privacy": (
        "Сведения о человеке не показываются: сличите имя с документом.",
        "Nothing about the person is shown: compare the name with the document.",
    ),
    "problem.403": ("Сюда нельзя", "You may not go there"),
    "problem.404": ("Такой страницы нет", "There is no such page"),
    "problem.422": ("Так спросить нельзя", "This cannot be asked"),
    "problem.429": ("Слишком много вопросов подряд", "Too many questions in a row"),
    "problem.help": ("Проверьте номер и даты.", "Check the number and the dates."),
    "problem.field": ("Поле «{name}»: {said}", "Field {name}: {said}"),
    "back": ("К проверке", "To the check"),
}
"""Each message in Russian and in English."""
