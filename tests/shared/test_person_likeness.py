"""Whether two names are one person's: what is the same, what perhaps, what is different."""

import unicodedata
from itertools import permutations

import iuliia
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.person_likeness import Likeness, compare_people, compare_readings, read_name

SAME, PERHAPS, DIFFERENT = Likeness
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
LATIN = "abcdefghijklmnopqrstuvwxyzéëüñ"
WORDS = st.text(alphabet=CYRILLIC, min_size=2, max_size=12) | st.text(
    alphabet=LATIN, min_size=2, max_size=12
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
LOOK_ALIKES = dict(zip("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx", strict=True))
BLANKS = st.sampled_from([" ", "  ", "\u00a0", "\u2009", "\t", " \n"])
DASHES = st.sampled_from(["-", " - ", "\u2010", "\u2011", "\u2013", " \u2014 ", "\u2212", " ", ""])
SURNAMES = ("Зайцева", "Щукина", "Хабарова", "Цой", "Соловьёва", "Жукова", "Юшкевич", "Объедкова")
GIVEN_NAMES = ("Анна", "Юлия", "Яна", "Наталья", "Евгения", "Алёна", "Ксения", "Эльвира")
PATRONYMICS = ("Сергеевна", "Ильинична", "Юрьевна", "Фёдоровна", "Андреевна")
SYSTEMS = ("ICAO_DOC_9303", "GOST_52535", "MVD_310", "GOST_7034", "ISO_9_1968", "BGN_PCGN")
PEOPLE = st.tuples(*map(st.sampled_from, (SURNAMES, GIVEN_NAMES, PATRONYMICS)))


@pytest.mark.parametrize(
    ("name", "other_name"),
    [
        ("А.Зайцева", "А. Зайцева"),
        *((f"А{sign}Зайцева", "А. Зайцева") for sign in "。•|:\\…"),
        *((f"{first}А. Зайцева{last}", "А. Зайцева") for first, last in ("«»", "()", "[]")),
        ("А. Зайцева*", "А. Зайцева"),
        ("А. Зайцева", "Зайцева А."),
        ("Зайцева А.П.", "А. П. Зайцева"),
        ("Зайцева АП", "Зайцева А. П."),
        ("Зайцева а п", "Зайцева А. П."),
        ("Зайцева Анна Петровна", "Анна Петровна Зайцева"),
        ("Зайцева, Анна", "Анна Зайцева"),
        ("ЗАЙЦЕВА АННА", "зайцева анна"),
        ("ЛИ ЯН", "Ли Ян"),
        ("Семёнов Фёдор", "Семенов Федор"),
        ("Семëнов", "Семенов"),  # with the Latin ë
        ("К. Петров-Водкин", "Петров Водкин К."),
        ("Ан\u00adна Зай\u200bцева", "Анна Зайцева"),
        ("Ивано\u0301ва", "Иванова"),  # a mark of stress
        ("О’Коннор Шон", "ОКоннор Шон"),
        ("О'Коннор Шон", "Шон О Коннор"),
        ("Анна Мария Зайцева", "Зайцева Аннамария"),
        ("A. Зайцева", "А. Зайцева"),  # a Latin initial
        ("Jоhn Smith", "John Smith"),  # a Cyrillic о
        ("BACEHKO", "ВАСЕНКО"),  # look-alike capitals throughout
        ("Зайцева Анна", "Zaitseva Anna"),
        ("Зайцева Анна", "Anna Zaytseva"),
        ("А. Зайцева", "A. Zaytseva"),
        ("Ю. Щукина", "Yu. Shchukina"),
        ("Тамара Смехова", "Tamara Smekhova"),  # of letters that both alphabets have
        ("Пётр Соловьёв", "Pyotr Solovyov"),
        ("Пётр Соловьёв", "Petr Solovev"),
        ("Алиев Рашид Мамедоглы", "Рашид Мамед-оглы Алиев"),
    ],
)
def test_spellings_of_one_name_are_the_same(name: str, other_name: str) -> None:
    assert compare_people(name, other_name) is SAME
    assert compare_people(other_name, name) is SAME


@pytest.mark.parametrize(
    ("name", "other_name"),
    [
        ("А. Зайцева", "Анна Зайцева"),
        ("А. Зайцева", "А. П. Зайцева"),
        ("А. Зайцева", "Зайцева Анна Петровна"),
        ("Зайцева А. П.", "Зайцева Анна Петровна"),
        ("Зайцева Анна П.", "Зайцева Анна Петровна"),
        ("Зайцева Анна Петровна", "Зайцева Анна"),
        ("Зайцева Анна", "Зайцева"),
        ("Петрова-Водкина Анна", "Петрова Анна"),
        ("Зайцева А.", "Анна З."),
        ("А. З.", "Анна Зайцева"),
        ("Вл. Громов", "Владимир Громов"),
        ("Ю. Щукина", "Yulia Shchukina"),
        ("Щукина Юлия", "Shukina Julia"),
        ("Соловьёв Пётр", "Solowjow Pjotr"),
        ("Наталья Иванова", "Наталия Иванова"),
        ("Бойко Иван", "Боико Иван"),
        ("Иваненко Игнат", "Іваненко Игнат"),
        ("3айцева Анна", "Зайцева Анна"),  # a digit for a letter
        ("Müller Hans", "Muller Hans"),
        ("გიორგი ყიფიანი", "Giorgi Kipiani"),
        ("Алиев Рашид Мамед оглы", "Алиев Рашид Мамед оглу"),
        ("Алиев Рашид Мамед-оглы", "Алиев Рашид Мамедоглу"),
        ("Алиев Рашид Али-оглы", "Алиев Рашид Алиоглу"),
        ("Алиев Рашид Мамед оглы", "Aliyev Rashid Mamed oğlu"),
        ("Алиева Лейла Мамед кызы", "Алиева Лейла Мамед гызы"),
        ("Алиева Лейла Мамедкызы", "Лейла Мамед гызы Алиева"),
        ("Алиева Лейла Мамед кызы", "Алиева Лейла Мамед қызы"),
    ],
)
def test_what_cannot_be_told_from_the_letters_is_perhaps_the_same(
    name: str, other_name: str
) -> None:
    assert compare_people(name, other_name) is PERHAPS
    assert compare_people(other_name, name) is PERHAPS


@pytest.mark.parametrize(
    ("name", "other_name"),
    [
        ("А. Зайцева", "Б. Зайцева"),
        ("А. Б. Зайцев", "Б. А. Зайцев"),
        ("Иванов П. А.", "Иванов Андрей Петрович"),
        ("Зайцева Анна Петровна", "Зайцева Анна Сергеевна"),
        ("Зайцева", "Зайцев"),
        ("Зайцева Анна", "Белова Анна"),
        ("Иванов Сергей Петрович", "Иванов Пётр Сергеевич"),
        ("Сергей Петрович Иванов", "Сергей Иванович Петров"),
        ("Иванов Пётр", "Ivanov Pavel"),
        ("Алиев Рашид Мамед оглы", "Алиев Рашид Гасан оглу"),
        ("Алиев Рашид Мамед оглы", "Алиева Рашида Мамед кызы"),
        ("А.", "Анна Зайцева"),
        ("", ""),
        ("", "Анна"),
        (" . - ", "—"),
    ],
)
def test_other_names_are_different(name: str, other_name: str) -> None:
    assert compare_people(name, other_name) is DIFFERENT
    assert compare_people(other_name, name) is DIFFERENT


@settings(max_examples=40)
@given(NAMES)
def test_case_and_composition_do_not_matter(name: str) -> None:
    decomposed_name = unicodedata.normalize("NFD", name)
    compatible_name = unicodedata.normalize("NFKD", name)
    for spelling in (name.upper(), name.title(), decomposed_name, compatible_name):
        assert compare_people(spelling, name) is SAME


@settings(max_examples=40)
@given(st.lists(WORDS, min_size=2, max_size=2), st.sampled_from(CYRILLIC.upper()), BLANKS, DASHES)
def test_surname_first_or_last_with_initials_and_any_blank_or_dash(
    surname: list[str], initial: str, blank: str, dash: str
) -> None:
    plain_name = f"{initial}. А. {'-'.join(surname)}"
    for spelling in (
        f"{dash.join(surname)}{blank}{initial}.А.",
        f"{initial}.{blank}А.{dash.join(surname)}",
        f"{initial}.А.{blank}{dash.join(surname)}{blank}",
    ):
        assert compare_people(spelling, plain_name) is SAME


@settings(max_examples=40)
@given(st.text(alphabet="".join(LOOK_ALIKES) + "Жжизл", min_size=1, max_size=20), st.data())
def test_any_look_alike_may_stand_for_its_letter(name: str, data: st.DataObject) -> None:
    spelling = "".join(
        data.draw(st.sampled_from([letter, LOOK_ALIKES.get(letter, letter)])) for letter in name
    )
    assert compare_people(spelling, name) is SAME


@settings(max_examples=40)
@given(PEOPLE, st.sampled_from(SYSTEMS), st.data())
def test_a_person_is_known_in_any_usual_transliteration_and_order(
    parts: tuple[str, str, str], system: str, data: st.DataObject
) -> None:
    surname, given_name, patronymic = parts
    latin_parts = [getattr(iuliia, system).translate(part) for part in parts]
    spelling = " ".join(data.draw(st.sampled_from(list(permutations(latin_parts)))))
    assert compare_people(spelling, " ".join(parts)) is SAME
    shorter_name = f"{latin_parts[1]} {latin_parts[0]}"
    assert compare_people(shorter_name, " ".join(parts)) is PERHAPS
    initials = f"{surname} {given_name[0]}.{patronymic[0]}."
    assert compare_people(initials, " ".join(parts)) is PERHAPS


@settings(max_examples=40)
@given(PEOPLE, PEOPLE)
def test_another_surname_or_given_name_is_another_person(
    parts: tuple[str, str, str], other_parts: tuple[str, str, str]
) -> None:
    is_same = parts == other_parts
    assert compare_people(" ".join(parts), " ".join(other_parts)) is (
        SAME if is_same else DIFFERENT
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_are_compared_alike_in_both_directions(text: str, other_text: str) -> None:
    likeness = compare_people(text, other_text)
    assert compare_people(other_text, text) is likeness
    has_words = bool(read_name(text).unbroken_spellings)
    assert compare_people(text, text) is (SAME if has_words else DIFFERENT)


def test_the_longest_names_of_the_largest_commissions_are_compared_at_once() -> None:
    """Fifty members with sixty people, of three hundred letters each; counted, not timed."""
    names = [
        " ".join(f"{letter}{number}ыъие" * 4 for letter in "абвгдежзиклм") for number in range(60)
    ]
    readings = [read_name(name) for name in names]
    likenesses = [
        compare_readings(reading, barred_reading)
        for reading in readings[:50]
        for barred_reading in readings
    ]
    assert likenesses.count(SAME) == 50
    words_beyond_the_bound = " ".join(["Анна"] * 75)
    assert compare_people(words_beyond_the_bound, words_beyond_the_bound) is SAME
    assert compare_people(words_beyond_the_bound, "Анна") is DIFFERENT
