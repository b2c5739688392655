"""Which language a browser gets, by its header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.locale.accept_language import choose_language

LANGUAGES = ("ru", "en", "kk")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ru"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("EN-us", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("ru;q=0.5, en;q=0.8", "en"),
        ("ru;q=0.8, en;q=0.8", "ru"),
        ("en;q=0.8, ru;q=0.8", "en"),
        ("de", "ru"),
        ("de, kk;q=0.1", "kk"),
        ("kk-Cyrl-KZ", "kk"),
        ("*", "ru"),
        ("de, *;q=0.5", "ru"),
        ("en;q=0.2, *;q=0.5", "ru"),
        ("ru;q=0.1, en;q=0.2, *;q=0.5", "kk"),
        ("ru;q=0, *", "en"),
        ("ru;q=0, en;q=0.001", "en"),
        ("english", "ru"),
        ("dren", "ru"),
        ("en;q=2, kk;q=0.1", "kk"),
        ("en;level=1, kk", "kk"),
        (" kk ; q=1.000 ,,", "kk"),
    ],
)
def test_the_heaviest_language_that_there_is_is_chosen(header: str, language: str) -> None:
    assert choose_language(header, LANGUAGES) == language


@given(st.text(alphabet="enrukq=;*,.-01 \t\x00é"))
def test_any_header_leads_to_a_language(header: str) -> None:
    assert choose_language(header, LANGUAGES) in LANGUAGES
