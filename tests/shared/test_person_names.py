"""The words of people's names in the form in which they are compared, and names in short."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.person_names import join_name, list_name_words, shorten_person_name, split_name


@given(st.text(max_size=30))
def test_any_text_has_words_that_do_not_depend_on_case_or_composition(text: str) -> None:
    words = list_name_words(text)
    assert all(words)
    assert list_name_words(text.casefold()) == words
    assert list_name_words(unicodedata.normalize("NFD", text)) == words
    assert list_name_words(" ".join(words)) == words


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("Петрова-Водкина", "Анна", None), ["петрова", "водкина", "анна"]),
        (("Семёнов А. Б.",), ["семенов", "а", "б"]),
        (("О’Коннор", ""), ["оконнор"]),
        (("Ан\u00adна Зай\u200bцева", "\ufeffИвано\u0301ва"), ["анна", "зайцева", "иванова"]),
        (("Cоколова", "BACEHKO"), ["соколова", "васенко"]),
        ((None, " - "), []),
    ],
)
def test_a_name_has_words_in_the_form_in_which_they_are_compared(
    parts: tuple[str | None, ...], words: list[str]
) -> None:
    assert list_name_words(*parts) == words


def test_words_are_as_they_were_written_with_the_stops_that_end_them() -> None:
    assert split_name("Петров–Водкин К.С") == [
        ("Петров", False),
        ("Водкин", False),
        ("К", True),
        ("С", False),
    ]


def test_parts_make_one_line() -> None:
    assert join_name("Ли", "Ян", None) == "Ли Ян"
    assert join_name("Белова", "Анна", "Ивановна") == "Белова Анна Ивановна"


@pytest.mark.parametrize(
    ("parts", "short_name"),
    [
        (("Белова", "Анна", "Ивановна"), "Белова А. И."),
        (("Ли", "Ян", None), "Ли Я."),
        (("Петрова-Водкина", None, None), "Петрова-Водкина"),
        ((None, None, None), ""),
    ],
)
def test_a_name_in_a_list_has_initials(
    parts: tuple[str | None, str | None, str | None], short_name: str
) -> None:
    assert shorten_person_name(*parts).replace("\u00a0", " ") == short_name
