"""The scanner of words finds what must not stand on a page, and nothing else."""

import pytest

from tests.words import list_codes, list_foreign_sentences


def _page(language: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="robots" content="noindex"><script>let begin_review = "Sentence in English"'
        f"</script></head><body>{content}</body></html>"
    )


RUSSIAN_WORDS = (
    "<p>Дело № 26-000118, Attesta API, 3&nbsp;года: <b>функция B/02.4</b>, уровень VI, 8,5.</p>",
    '<a class="language" href="/en/verify" lang="en" hreflang="en">English</a>',
    '<button class="plain language" formaction="/en/verify" lang="en">English</button>',
    '<p>Файл scan-of_passport.pdf (PDF), почта name@example.org, <a href="/ru/x">https://example.org/a_b</a></p>',
    "<pre>eyJhbGciOiJFZERTQSJ9.begin_review</pre><textarea name=reason>In English</textarea>",
    '<input type="text" name="family_name" value="Smith" placeholder="Белова">',
    "<br><p>Час 12:00–13:00 и/или 25.11.2026</p><img alt='Печать' src='a_b.png'>",
)
ENGLISH_WORDS = (
    '<p>Level 3 of <span lang="ru">Оператор контактного центра</span>, no. Э-2026-118</p>',
    '<a class="language" href="/ru/verify" lang="ru" hreflang="ru">Русский</a>',
    '<option lang="ru" label="Совет">Совет по колл-центрам</option>',
    "<p>Valid through 25 November 2026, e.g. as printed. None of these.</p>",
    "<p>See example.org, or attesta.example.</p>",
)


@pytest.mark.parametrize("content", RUSSIAN_WORDS)
def test_russian_words_on_a_russian_page_are_at_home(content: str) -> None:
    page = _page("ru", content)
    assert list_foreign_sentences(page, "ru") == []
    assert list_codes(page) == []


@pytest.mark.parametrize("content", ENGLISH_WORDS)
def test_english_words_and_marked_data_on_an_english_page_are_at_home(content: str) -> None:
    page = _page("en", content)
    assert list_foreign_sentences(page, "en") == []
    assert list_codes(page) == []


@pytest.mark.parametrize(
    ("language", "content", "sentence"),
    [
        ("ru", "<p>Основание: <b>10 calendar days</b></p>", "10 calendar days"),
        ("ru", '<p lang="en">Documents are missing</p>', "Documents are missing"),
        ("ru", '<p class="language" lang="en">English</p>', "English"),
        ("ru", '<input type="submit" value="Save">', "Save"),
        ("ru", '<a title="Open">Открыть</a>', "Open"),
        ("ru", '<input aria-label="Имя" placeholder="Given name">', "Given name"),
        ("ru", "<ul><li>Раз<li>Two</ul><p>Три</p>", "Two"),
        ("en", "<p>Decided by Громова</p>", "Decided by Громова"),
        ("en", '<p><span lang="ru">Совет</span> решил</p>', "решил"),
        ("en", "<svg role='img' aria-label='Сроки'><text>12</text></svg>", "Сроки"),
    ],
)
def test_words_of_another_language_are_found(language: str, content: str, sentence: str) -> None:
    assert list_foreign_sentences(_page(language, content), language) == [sentence]


def test_the_page_itself_says_its_language() -> None:
    assert list_foreign_sentences(_page("en", ""), "ru") == ['<html lang="en">']


def test_names_of_people_may_be_in_any_language() -> None:
    page = _page("en", "<p>И. Котова</p><p>И. Котова решила</p>")
    assert list_foreign_sentences(page, "en", {"Котова"}) == ["И. Котова решила"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<p>begin_review → под рассмотрением</p>", "begin_review"),
        ("<p>Вид: education_secondary_general.</p>", "education_secondary_general"),
        ("<p>Правило examination.not_passed нарушено</p>", "examination.not_passed"),
        ("<p>Исправьте поля: /applicant/birth_date.</p>", "/applicant/birth_date"),
        ("<p>#query/at: не то</p>", "#query/at"),
        ("<p>/consent</p>", "/consent"),
        (
            "<p>Дело 3F2504E0-4f89-41d3-9a0c-0305e82c3301</p>",
            "3F2504E0-4f89-41d3-9a0c-0305e82c3301",
        ),
        ("<p>В 2026-11-25T14:05:00Z</p>", "2026-11-25T14:05:00Z"),
        ("<p>Срок P3Y</p>", "P3Y"),
        ("<p>Осталось {number} дней</p>", "{number}"),
        ("<td>None</td>", "None"),
        ('<button title="hand_over">Выдать</button>', "hand_over"),
    ],
)
def test_codes_are_found(content: str, code: str) -> None:
    assert list_codes(_page("ru", content)) == [code]
