"""The parts as HTML: what ties labels, hints and errors together, and what works without script."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.locale.catalogues import read_languages
from shared.pages.charts import ChartValue, build_bar_chart
from shared.pages.forms import FormError, FormState

LANGUAGES = read_languages()
TEMPLATES = Environment(
    loader=PackageLoader("shared.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
REFUSED = FormState(
    {"name": "<b>", "held_on-day": "31", "points": "8.5"},
    [FormError("name", "Слишком коротко"), FormError("held_on", "Нет такого дня")],
)


def render(part: str, source: str, language: str = "ru", **values: Any) -> str:
    """What a call of a macro of `parts/<part>.html` renders."""
    template = f'{{% import "parts/{part}.html" as parts with context %}}{source}'
    zone = ZoneInfo("Europe/Moscow")
    html = TEMPLATES.from_string(template).render(t=LANGUAGES[language], zone=zone, **values)
    return re.sub(r"\s+", " ", html)


def attributes(html: str, element: str) -> dict[str, str]:
    """The attributes of the element with this id."""
    match = re.search(rf'<[^>]*\bid="{element}"[^>]*>', html)
    assert match is not None, element
    return dict(re.findall(r'([\w-]+)="([^"]*)"', match[0]))


def assert_ids_are_there(html: str) -> None:
    """Whatever names an id names one that is there once."""
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    pattern = r'(?:aria-describedby|aria-labelledby|for|data-decimal|data-upload)="([^"]+)"'
    for names in re.findall(pattern, html):
        assert set(names.split()) <= set(ids)
    for name in re.findall(r'href="#([^"]+)"', html):
        assert name in ids


def test_a_refused_form_leads_from_its_summary_to_its_fields() -> None:
    html = render(
        "forms",
        '{% call parts.form(form, "/x", 3) %}'
        '{{ parts.text(form, "name", "Имя", "Как в паспорте") }}'
        '{{ parts.day(form, "held_on", "Когда?", "День") }}'
        "{% endcall %}",
        form=REFUSED,
    )
    assert_ids_are_there(html)
    summary = re.search(r'<div class="error-summary"[^>]*>', html)
    assert summary is not None
    assert 'role="alert" tabindex="-1" autofocus' in summary[0]
    assert "Исправьте 2 поля" in html
    assert '<a href="#held_on">Нет такого дня</a>' in html
    name = attributes(html, "name")
    assert (name["aria-describedby"], name["aria-invalid"]) == ("name-hint name-error", "true")
    assert name["value"] == "&lt;b&gt;", "what was typed is kept, and is no markup"
    for part in ("held_on", "held_on-month", "held_on-year"):
        assert attributes(html, part)["aria-describedby"] == "held_on-hint held_on-error"
    assert attributes(html, "held_on")["value"] == "31"
    assert '<input type="hidden" name="revision" value="3">' in html


def test_a_form_without_faults_has_no_summary_and_no_focus_of_its_own() -> None:
    source = '{% call parts.form(form, "/x") %}{{ parts.text(form, "a", "А") }}{% endcall %}'
    html = render("forms", source, form=FormState())
    for absent_word in ("error", "aria-invalid", "aria-describedby", "autofocus", "revision"):
        assert absent_word not in html
    assert render("forms", "{{ parts.title_prefix(form) }}", form=FormState()) == ""
    assert render("forms", "{{ parts.title_prefix(form) }}", form=REFUSED) == "Ошибка: "


def test_a_fault_of_the_whole_form_leads_nowhere() -> None:
    form = FormState({}, [FormError("", "Дело изменено")])
    html = render("forms", "{{ parts.error_summary(form) }}", form=form)
    assert "Не отправлено" in html
    assert "<li>Дело изменено</li>" in html


ROWS = (
    '{% call parts.form(form, "/x") %}'
    '{% call(index) parts.rows(form, "theory", "Теория", count, "Добавить") %}'
    '{{ parts.decimal(form, "theory-" ~ index ~ "-points", "Баллы") }}'
    '{{ parts.text(form, "theory-" ~ index ~ "-name", "Критерий") }}'
    '{% endcall %}{{ parts.actions("Сохранить", "/y") }}{% endcall %}'
)


def test_a_row_is_added_by_a_button_and_gets_the_focus() -> None:
    html = render("forms", ROWS, form=FormState({"add": "theory"}), count=3)
    assert_ids_are_there(html)
    assert (
        '<button class="secondary" type="submit" name="add" value="theory" formnovalidate>' in html
    )
    assert re.findall(r'id="([^"]+)"[^>]*autofocus', html) == ["theory-2-points"]
    assert "autofocus" not in render("forms", ROWS, form=FormState({"add": "other"}), count=3)
    assert '<input type="hidden" name="theory-rows" value="3">' in html


def test_enter_sends_the_form_instead_of_adding_a_row() -> None:
    html = render("forms", ROWS, form=FormState(), count=1)
    first_button = re.search(r"<button[^>]*>", html)
    assert first_button is not None
    assert 'type="submit"' in first_button[0]
    assert "name=" not in first_button[0]


def test_a_number_shows_how_it_was_understood() -> None:
    source = '{{ parts.decimal(form, "x", "Баллы", unit="балла") }}'
    assert "Понято как 8,5" in render("forms", source, form=FormState({"x": "8.5"}))
    assert "Понято как 8,5" not in render("forms", source, form=FormState({"x": "8,5"}))
    assert "Понято как в" not in render("forms", source, form=FormState({"x": "восемь"}))
    english = render("forms", source, "en", form=FormState({"x": "1240,5"}))
    assert "Understood as 1,240.5" in english


def test_the_months_of_a_day_are_words() -> None:
    source = '{{ parts.day(form, "x", "Когда?") }}'
    html = render("forms", source, form=FormState({"x": "2026-11-25"}))
    assert '<option value="11" selected>ноября</option>' in html
    assert ">November</option>" in render("forms", source, "en", form=FormState())


def test_a_choice_keeps_what_was_chosen() -> None:
    options = [("in_person", "Лично", "По паспорту"), ("post", "Почтой")]
    source = '{{ parts.choice(form, "way", "Как?", options, "Из заявления") }}'
    form = FormState({"way": "post"}, [FormError("way", "Не тот")])
    html = render("forms", source, form=form, options=options)
    assert_ids_are_there(html)
    assert re.findall(r'value="([^"]+)" checked', html) == ["post"]
    assert attributes(html, "way")["aria-describedby"] == "way-in_person-hint"
    assert 'role="radiogroup" aria-describedby="way-hint way-error" aria-invalid="true"' in html


def test_upload_says_its_limits_and_each_files_state() -> None:
    html = render(
        "forms", '{{ parts.upload(form, "file", "Скан", "до 2 МБ", ".pdf") }}', form=REFUSED
    )
    assert_ids_are_there(html)
    assert attributes(html, "file")["accept"] == ".pdf"


def test_a_table_says_its_roles_and_names_its_cells() -> None:
    html = render(
        "tables",
        '{% call parts.table("Дела", ["№", "Срок"]) %}{% call parts.row() %}'
        '{% call parts.head_cell("№") %}1{% endcall %}{% call parts.cell("Срок") %}2{% endcall %}'
        "{% endcall %}{% endcall %}",
    )
    roles = re.findall(r'role="(\w+)"', html)
    assert roles == [
        *("table", "rowgroup", "row", "columnheader", "columnheader"),
        *("rowgroup", "row", "rowheader", "cell"),
    ]
    assert html.count('data-label="№"') == html.count('data-label="Срок"') == 1


def test_pages_count_as_the_language_writes_numbers() -> None:
    page = {"first": 1, "last": 25, "total": 1318, "previous_href": None, "next_href": "?page=2"}
    assert "1–25 из 1 318" in render("tables", "{{ parts.pages(page) }}", page=page)
    english = render("tables", "{{ parts.pages(page) }}", "en", page=page)
    assert "1–25 of 1,318" in english
    assert "prev" not in english


@pytest.mark.parametrize(
    ("limit", "russian", "english"),
    [
        ({"state": "running", "days_left": 12}, "○ осталось 12 дней", "○ 12 days left"),
        ({"state": "at_risk", "days_left": 1}, "◐ остался 1 день", "◐ 1 day left"),
        ({"state": "at_risk", "days_left": 0}, "◐ последний день сегодня", "◐ today is the last"),
        ({"state": "late", "days_left": -2}, "■ просрочено на 2 дня", "■ 2 days overdue"),
        ({"state": "met", "days_left": None}, "● выполнено", "● met"),
        ({"state": "missed", "days_late": 2}, "▲ на 2 дня позже", "▲ 2 days late"),
        ({"state": "missed", "days_left": None}, "▲ выполнено позже срока", "▲ met late"),
        ({"state": "cancelled", "days_left": None}, "– снят", "– called off"),
    ],
)
def test_a_limit_has_a_sign_and_words(limit: Mapping[str, Any], russian: str, english: str) -> None:
    for language, words in (("ru", russian), ("en", english)):
        html = render("case", "{{ parts.limit_tag(limit) }}", language, limit=limit)
        assert words in re.sub(r"<[^>]+>", "", html)


def test_stages_and_history_are_ordered_lists() -> None:
    stages = [
        {"label": "Заявление", "done": True, "current": False},
        {"label": "Экзамен", "done": False, "current": True},
    ]
    html = render("case", "{{ parts.stages(items) }}", items=stages)
    assert re.findall(r'<li[^>]*aria-current="step">(\w+)', html) == ["Экзамен"]
    note = {
        "at": date(2026, 11, 25),
        "sentence": "Возвращено",
        "note": "Нет",
        "note_language": "ru",
    }
    html = render("case", "{{ parts.timeline(items) }}", "en", items=[note])
    assert '<time datetime="2026-11-25">25\xa0November\xa02026</time>'.replace("\xa0", " ") in html
    assert '<p class="note" lang="ru">Нет</p>' in html


def test_a_verdicts_shape_differs_by_family() -> None:
    shapes = {
        re.search(r'class="ground" ([^>]*)/>.*class="figure" ([^>]*)/>', html, re.DOTALL).groups()  # type: ignore[union-attr]
        for family in ("yes", "not_now", "no", "unknown")
        for html in [
            render("verdict", f'{{% call parts.verdict("{family}", "Ответ") %}}{{% endcall %}}')
        ]
    }
    assert len(shapes) == 4


def test_a_chart_is_drawn_by_attributes_and_told_by_a_table() -> None:
    values = [ChartValue("ноябрь", 10, "/n"), ChartValue("декабрь", 0), ChartValue("январь", 40)]
    chart = build_bar_chart("Истекает", "Месяц", "Число", values)
    assert [bar.width for bar in chart.bars] == ["25.0%", "0.0%", "100.0%"]
    html = render("figures", "{{ parts.bar_chart(chart) }}", chart=chart)
    assert "style=" not in html
    assert html.count("<rect") == 3
    assert 'role="img" aria-label="Истекает"' in html
    assert '<th scope="row"><a href="/n">ноябрь</a></th><td class="number">10</td>' in html
    with pytest.raises(ValueError, match="negative"):
        build_bar_chart("", "", "", [ChartValue("", -1)])
    assert build_bar_chart("", "", "", []).height == "0em"


def test_russian_data_is_marked_on_pages_of_another_language() -> None:
    assert render("figures", '{{ parts.ru("Дело") }}', "en") == '<span lang="ru">Дело</span>'
    assert render("figures", '{{ parts.ru("Дело") }}') == "Дело"
    assert (
        render("figures", '{{ parts.prose("А\n\nБ") }}')
        == '<div class="prose"><p>А</p><p>Б</p></div>'
    )


def test_news_stand_beside_a_link_that_needs_no_script() -> None:
    html = render("live", '{{ parts.live("/ru/cases/1/news", "14:05") }}')
    assert 'data-live="/ru/cases/1/news"' in html
    assert "на 14:05" in html
    assert '<a href="">Обновить</a>' in html


def test_what_was_done_is_told_with_the_next_case() -> None:
    next_case = {"href": "/ru/cases/2", "label": "26-000002"}
    html = render("answers", '{{ parts.banner("Сдано", next_case) }}', next_case=next_case)
    assert 'role="status"' in html
    assert '<a href="/ru/cases/2">26-000002</a>' in html
    rows = [{"label": "Номер", "value": "Э-1", "href": "#number"}]
    html = render("answers", "{{ parts.answers(rows) }}", rows=rows)
    assert 'Изменить<span class="aside">: Номер</span>' in html
