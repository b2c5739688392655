"""One normaliser of people's names: what is the same spelling, and what is not decided."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.person_names import (
    is_same_person_name,
    list_name_words,
    normalize_name_parts,
    normalize_person_name,
    shorten_person_name,
)

CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
LATIN = "abcdefghijklmnopqrstuvwxyzéëüñ"
WORDS = st.text(alphabet=CYRILLIC, min_size=2, max_size=12) | st.text(
    alphabet=LATIN, min_size=2, max_size=12
)
NAMES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
INITIALS = st.sampled_from(CYRILLIC.upper())
LOOK_ALIKES = dict(zip("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx", strict=True))
BLANKS = st.sampled_from([" ", "  ", "\u00a0", "\u2009", "\t", " \n"])
DASHES = st.sampled_from(["-", " - ", "\u2010", "\u2011", "\u2013", " \u2014 ", "\u2212", " "])


@pytest.mark.parametrize(
    ("name", "other_name"),
    [
        ("А.Зайцева", "А. Зайцева"),
        ("А. Зайцева", "Зайцева А."),
        ("Зайцева А.П.", "А. П. Зайцева"),
        ("Зайцева Анна Петровна", "Анна Петровна Зайцева"),
        ("Зайцева, Анна", "Анна Зайцева"),
        ("ЗАЙЦЕВА АННА", "зайцева анна"),
        ("Семёнов Фёдор", "Семенов Федор"),
        ("Семëнов", "Семенов"),  # with the Latin ë
        ("Петров-Водкин К.", "Петров – Водкин К."),
        ("К. Петров-Водкин", "Петров Водкин К."),
        ("Ан\u00adна Зай\u200bцева", "Анна Зайцева"),
        ("Ивано\u0301ва", "Иванова"),  # a mark of stress
        ("О’Коннор Шон", "О'Коннор Шон"),
        ("Cоколова Oльга", "Соколова Ольга"),  # Latin C and O
        ("A. Зайцева", "А. Зайцева"),  # a Latin initial
        ("Jоhn Smith", "John Smith"),  # a Cyrillic о
        ("BACEHKO", "ВАСЕНКО"),  # look-alike capitals throughout
    ],
)
def test_spellings_of_one_name_are_the_same(name: str, other_name: str) -> None:
    assert is_same_person_name(name, other_name)


@pytest.mark.parametrize(
    ("name", "other_name"),
    [
        ("А. Зайцева", "Анна Зайцева"),
        ("А. Зайцева", "А. П. Зайцева"),
        ("А. Б. Зайцев", "Б. А. Зайцев"),
        ("Зайцева Анна Петровна", "Зайцева Анна"),
        ("Зайцева", "Зайцев"),
        ("Иванов Сергей Петрович", "Иванов Пётр Сергеевич"),
        ("Сергей Петрович Иванов", "Сергей Иванович Петров"),
        ("Зайцева", "Zaitseva"),
        ("Бойко", "Боико"),  # й is a letter of its own
        ("Иваненко", "Іваненко"),
        ("Анна Мария Зайцева", "Аннамария Зайцева"),
        ("О'Коннор", "ОКоннор"),
        ("", ""),
        (" . - ", "—"),
    ],
)
def test_what_cannot_be_told_from_the_letters_is_not_the_same(name: str, other_name: str) -> None:
    assert not is_same_person_name(name, other_name)
    assert not is_same_person_name(other_name, name)


@given(NAMES)
def test_a_normal_form_is_its_own(name: str) -> None:
    assert normalize_person_name(normalize_person_name(name)) == normalize_person_name(name)


@given(NAMES)
def test_case_and_composition_do_not_matter(name: str) -> None:
    decomposed_name = unicodedata.normalize("NFD", name)
    compatible_name = unicodedata.normalize("NFKD", name)
    for spelling in (name.upper(), name.title(), decomposed_name, compatible_name):
        assert is_same_person_name(spelling, name)


@given(st.lists(WORDS, min_size=2, max_size=2), INITIALS, INITIALS, BLANKS, DASHES)
def test_surname_first_or_last_with_initials_and_any_blank_or_dash(
    surname: list[str], given_initial: str, patronymic_initial: str, blank: str, dash: str
) -> None:
    plain_name = f"{given_initial}. {patronymic_initial}. {'-'.join(surname)}"
    for spelling in (
        f"{dash.join(surname)}{blank}{given_initial}.{patronymic_initial}.",
        f"{given_initial}.{blank}{patronymic_initial}.{dash.join(surname)}",
        f"{given_initial}.{patronymic_initial}.{blank}{dash.join(surname)}{blank}",
    ):
        assert is_same_person_name(spelling, plain_name)


@given(st.text(alphabet="".join(LOOK_ALIKES) + "Жжизл", min_size=1, max_size=20), st.data())
def test_any_look_alike_may_stand_for_its_letter(name: str, data: st.DataObject) -> None:
    spelling = "".join(
        data.draw(st.sampled_from([letter, LOOK_ALIKES.get(letter, letter)])) for letter in name
    )
    assert is_same_person_name(spelling, name)


@given(st.text(max_size=30))
def test_any_text_has_a_normal_form_that_does_not_depend_on_case(text: str) -> None:
    normalized_name = normalize_person_name(text)
    assert normalized_name == normalized_name.strip()
    assert "  " not in normalized_name
    assert normalize_person_name(text.casefold()) == normalized_name


@given(WORDS, WORDS, st.none() | WORDS)
def test_parts_keep_their_places(family: str, given_name: str, patronymic: str | None) -> None:
    parts = normalize_name_parts(family, given_name, patronymic)
    assert normalize_name_parts(family.upper(), f" {given_name} ", patronymic) == parts
    swapped_parts = normalize_name_parts(given_name, family, patronymic)
    assert (swapped_parts == parts) is (parts[0] == parts[1])
    assert (parts[2] == "") is (patronymic is None)


def test_parts_know_initials_hyphens_and_absent_patronymics() -> None:
    assert normalize_name_parts("Петров–Водкин", "K.", "—") == ("петров водкин", "к", "")
    assert normalize_name_parts("Петров Водкин", "К", None) == ("петров водкин", "к", "")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("Петрова-Водкина", "Анна", None), ["петрова", "водкина", "анна"]),
        (("Семёнов А. Б.",), ["семенов", "а", "б"]),
        (("О’Коннор", ""), ["о'коннор"]),
        ((None, " - "), []),
    ],
)
def test_a_name_has_words_in_the_form_in_which_they_are_compared(
    parts: tuple[str | None, ...], words: list[str]
) -> None:
    assert list_name_words(*parts) == words


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
