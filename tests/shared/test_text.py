"""One normal form of text: what two people print alike is alike in every comparison."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import normalize_characters, normalize_title, unmix_alphabets

TITLE = "Ведущий специалист-оператор «Ёлка»"


@pytest.mark.parametrize(
    "printed_title",
    [
        unicodedata.normalize("NFD", TITLE),
        TITLE.upper(),
        TITLE.replace("-", "\u2011"),
        TITLE.replace("-", "\u2010"),
        TITLE.replace("специалист", "специ\u00adалист"),
        TITLE.replace(" ", "\u00a0"),
        TITLE.replace(" ", "\u200b \u2009"),
        TITLE.replace("«", '"').replace("»", '"'),
        TITLE.replace("Ё", "Е"),
        TITLE.replace("о", "o").replace("е", "e").replace("р", "p"),
        TITLE.replace("В", "B"),
        f"\ufeff{TITLE}\u200e",
        TITLE.replace("а", "а\u0301"),
        TITLE.replace("и", "и\u034f").replace("т", "т\ufe0f"),
        TITLE.replace("Ё", "Ë"),
        TITLE.replace("о", "ο").replace("а", "α"),
        TITLE.replace("«", "‹").replace("»", "''"),
        TITLE.replace("-", "\u2043"),
    ],
)
def test_a_title_is_the_same_however_it_is_printed(printed_title: str) -> None:
    assert normalize_title(printed_title) == normalize_title(TITLE)


@pytest.mark.parametrize(
    ("title", "other_title"),
    [("Оператор", "Операторы"), ("call-центр", "колл-центр"), ("4.1", "4.2"), ("май", "маи")],
)
def test_titles_that_differ_stay_different(title: str, other_title: str) -> None:
    assert normalize_title(title) != normalize_title(other_title)


@given(text=st.text())
def test_normal_forms_are_their_own(text: str) -> None:
    for normalize in (normalize_characters, normalize_title, unmix_alphabets):
        assert normalize(normalize(text)) == normalize(text)


@given(text=st.text())
def test_what_is_kept_can_be_stored(text: str) -> None:
    assert "\x00" not in normalize_characters(text)
    normalize_characters(text).encode()


def test_what_cannot_be_seen_is_not_kept() -> None:
    assert normalize_characters("а\u00adб\u200bв\ufeff\ud800\x00г") == "абвг"


def test_letters_that_are_composed_without_what_stood_between_are_composed() -> None:
    assert normalize_characters("R\u200b\u0327") == "Ŗ"


def test_latin_letters_in_russian_words_are_russian() -> None:
    assert unmix_alphabets("Oпepaтop call-центра CRM") == "Оператор call-центра CRM"
