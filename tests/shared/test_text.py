"""Titles are compared by one normal form, whoever printed them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import normalize_title


@pytest.mark.parametrize(
    ("title", "other_title"),
    [
        ("Учёт Ресурсов", "учет ресурсов"),
        ("информационно—справочный", "информационно-справочный"),
        ("Оператор – 1", "Оператор - 1"),
        ("«Оператор»", '"Оператор"'),
        ("инфор\u00adмация", "информация"),
        ("инфор\u200bмация\ufeff", "информация"),
        ("Оператор\u00a0 центра\n", "Оператор центра"),
        ("Е\u0308лка, И\u0306од", "Ёлка, Йод"),
        ("１ уровень", "1 уровень"),
    ],
)
def test_what_looks_alike_is_alike(title: str, other_title: str) -> None:
    assert normalize_title(title) == normalize_title(other_title)


@pytest.mark.parametrize(
    ("title", "other_title"),
    [("Оператор 1", "Оператор 2"), ("Оператор-2", "Оператор 2"), ("Аналитик", "Аналитика")],
)
def test_what_differs_in_letters_digits_or_words_differs(title: str, other_title: str) -> None:
    assert normalize_title(title) != normalize_title(other_title)


@given(text=st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    assert normalize_title(normalize_title(text)) == normalize_title(text)
