"""Messages about what a file shows: what was passed over, and what its cells show otherwise.

Each is in Russian and English; `rules` has them with all others.
"""

TextPair = tuple[str, str]

WARNINGS: dict[str, TextPair] = {
    "text.hidden": (
        "Скрытый текст ({place}) не прочитан: «{before}».",
        "Hidden text ({place}) is passed over: {before}",
    ),
    "text.deleted": (
        "Удалённый или перемещённый текст ({place}) не прочитан: «{before}».",
        "Text that was deleted or moved away ({place}) is passed over: {before}",
    ),
    "text.struck_out": (
        "Зачёркнутый текст ({place}) не прочитан: «{before}».",
        "Text that is struck out ({place}) is passed over: {before}",
    ),
    "text.note": (
        "Сноска ({place}) не прочитана: «{before}».",
        "A footnote or its mark ({place}) is passed over: {before}",
    ),
    "text.note_mark": (
        "Знак сноски не прочитан; текст — «{after}».",
        "A footnote's mark is passed over; the text is: {after}",
    ),
    "text.comment": (
        "Примечание ({place}) не прочитано: «{before}».",
        "A comment ({place}) is passed over: {before}",
    ),
    "text.prompt": (
        "Поле не заполнено; его подсказка ({place}) не прочитана: «{before}».",
        "A field is not filled in; its prompt ({place}) is passed over: {before}",
    ),
    "text.picture": (
        "Рисунок, значок или объект ({place}) не прочитан.",
        "A picture, symbol or object ({place}) is passed over.",
    ),
    "row.hidden": (
        "Скрытая строка ({place}) не прочитана: «{before}».",
        "A hidden row ({place}) is passed over: {before}",
    ),
    "row.deleted": (
        "Удалённая строка ({place}) не прочитана: «{before}».",
        "A deleted row ({place}) is passed over: {before}",
    ),
    "column.hidden": (
        "Скрытый столбец в строке {place} не прочитан: «{before}».",
        "A hidden column in row {place} is passed over: {before}",
    ),
    "sheet.hidden": (
        "Скрытый лист «{before}» ({place}) не прочитан.",
        "The hidden sheet {before} ({place}) is passed over.",
    ),
    "sheet.passed_over": (
        "Лист без таблицы формы ({place}) не прочитан: «{before}».",
        "A sheet without the form's table ({place}) is passed over: {before}",
    ),
    "table.header": (
        "Колонтитул ({place}) не прочитан: «{before}».",
        "The text at the top or bottom of pages ({place}) is passed over: {before}",
    ),
    "card.passed_over": (
        "Этот пункт карточки здесь не хранится: «{before}».",
        "This item of the card is not kept here: {before}",
    ),
}
"""What was passed over: it is not printed, or kept elsewhere."""

ERRORS: dict[str, TextPair] = {
    "cell.error": (
        "В ячейке ошибка Excel «{before}», а не значение. Впишите значение.",
        "The cell shows an error of Excel, {before}, and no value. Write the value.",
    ),
    "cell.merged_hidden": (
        "Ячейка ({place}) объединена с ячейкой скрытой или удалённой строки. Впишите значение.",
        "The cell ({place}) is merged with one of a hidden or deleted row. Write the value.",
    ),
    "cell.date": (
        (
            "В ячейке ({place}) дата, показанная как «{before}»: Excel мог принять за дату "
            "другое. Впишите значение текстом."
        ),
        (
            "The cell ({place}) holds a date, shown as {before}: Excel may have made it of "
            "something else. Write the value as text."
        ),
    ),
    "cell.number": (
        (
            "В ячейке ({place}) число {before}, а не текст: нули в начале и в конце могли "
            "пропасть. Впишите значение текстом."
        ),
        (
            "The cell ({place}) holds the number {before}, no text: zeros in front and at "
            "the end may be lost. Write the value as text."
        ),
    ),
    "cell.number_format": (
        ("Как Excel показывает число {before} ({place}), неизвестно. Впишите значение текстом."),
        ("How Excel shows the number {before} ({place}) is not known. Write the value as text."),
    ),
}
"""What a cell shows is no value, or may not be the one that was meant."""

REPAIRS: dict[str, TextPair] = {
    "cell.look_alike": (
        "Латинские буквы в русских словах прочитаны как русские: «{after}».",
        "Latin letters in Russian words are read as the Russian ones: {after}",
    ),
}
"""What is read otherwise than its characters say."""
