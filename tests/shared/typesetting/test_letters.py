"""Every character that intake accepts is printed, on the sheet; the others are named."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.errors import RuleViolation
from shared.letters import describe_letters, find_unprintable
from shared.schemas import RequestBody
from shared.typesetting.pdf import compile_pdf
from tests.papers import list_letters_off_sheet, read_sheets
from tests.shared.typesetting.font_letters import FILE, format_ranges, list_font_letters

TEMPLATE = Path(__file__).parent / "text.typ"
FIRST_IDEOGRAPH = 0x3400
STEP = 40
"""Of the ideographs and syllables, which are alike, so many are passed over."""

NAMES = [
    *("Әлімбекқызы Ғалия", "Пе́тров", "Ӏазиз-Кызы", "Nguyễn Thị Ánh", "Þórðr Ægisson", "Γεώργιος"),
    *("გელაშვილი ნინო", "Հովհաննիսյան Արմեն", "שרה כהן", "محمد علي", "می‌خواهم", "शर्मा क्षत्रिय"),
    *(
        "王小明",
        "龍",
        "山田さくら",
        "葛\U000e0100城",
        "김철수",
        "𠮷野",
        "ธนพล",
        "አማርኛ",
        "தமிழ்",
        "မြန်မာ",
    ),
]
UNPRINTABLE = {
    "emoji": ("Анна 😀", "😀 (U+1F600)"),
    "sun": ("☀\ufe0f", "U+FE0F"),
    "flag": ("\U0001f1f7\U0001f1fa", "🇷 (U+1F1F7), 🇺 (U+1F1FA)"),
    "script": ("བོད", "བ (U+0F56), U+0F7C, ད (U+0F51)"),
    "private": ("Анна\ue000", "U+E000"),
    "unassigned": ("Анна\u0378", "U+0378"),
    "noncharacter": ("Анна\ufffe", "U+FFFE"),
    "direction": ("Анна\u202eкин", "U+202E"),
    "invisible letter": ("ㅤ", "ㅤ (U+3164)"),
    "lost in another encoding": ("Анн\ufffd", "\ufffd (U+FFFD)"),
    "pile of marks": ("А" + "\u0301" * 40, "U+0301"),
}


class Words(RequestBody):
    """A body of any service."""

    words: str | list[str]


def _print(text: str) -> bytes:
    return compile_pdf(TEMPLATE, {"text": text}, "Libertinus Serif", None)


def test_the_list_of_letters_is_that_of_the_fonts() -> None:
    assert FILE.read_text("ascii") == format_ranges(list_font_letters())


def test_every_letter_of_the_list_is_printed() -> None:
    codes = list_font_letters()
    alphabets = [code for code in codes if code < FIRST_IDEOGRAPH]
    samples = [code for code in codes if code >= FIRST_IDEOGRAPH][::STEP]
    letters = " ".join(map(chr, (*alphabets, *samples)))
    assert list_letters_off_sheet(_print(letters), 15) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_accepted_and_found_by_a_search(name: str) -> None:
    assert Words(words=name).words == name
    (sheet,) = read_sheets(_print(f"Имя: {name}."))
    assert "Имя" in sheet
    visible_letters = {letter for letter in name if letter.isalpha()}
    assert visible_letters <= set(sheet), sheet


@pytest.mark.parametrize(("text", "letters"), UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_what_cannot_be_printed_is_refused_by_name(text: str, letters: str) -> None:
    for body in (text, [text]):
        with pytest.raises(ValidationError) as refusal:
            Words.model_validate({"words": body})
        assert {error["type"] for error in refusal.value.errors()} == {"text.unprintable"}
        assert refusal.value.errors()[0]["ctx"] == {"letters": letters}
    with pytest.raises(RuleViolation) as problem:
        _print(text)
    assert problem.value.rule == "document.unprintable"
    assert problem.value.values == {"letters": letters}


def test_a_control_character_is_refused_by_its_code() -> None:
    with pytest.raises(ValidationError) as refusal:
        Words.model_validate({"words": "Анна\x07\x1b"})
    (error,) = refusal.value.errors()
    assert (error["type"], error["ctx"]) == ("text.control", {"code": "U+0007"})
    with pytest.raises(RuleViolation) as problem:
        _print("Анна\x07\x1b")
    assert problem.value.values == {"letters": "U+0007, U+001B"}


def test_few_of_many_letters_are_named() -> None:
    letters = find_unprintable("".join(map(chr, range(0x1F600, 0x1F640))))
    assert len(letters) == 64
    assert len(describe_letters(letters)) < 200


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200) | st.text(st.characters(max_codepoint=0x3000), max_size=200))
def test_any_text_is_refused_or_printed_on_the_sheet(text: str) -> None:
    letters = find_unprintable(text)
    if letters:
        with pytest.raises(RuleViolation):
            _print(text)
    else:
        assert list_letters_off_sheet(_print(text), 15) == []


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.sampled_from("ЩжW王محქश- \u0301\u200b"), max_size=400))
def test_long_words_stay_on_the_sheet(text: str) -> None:
    if not find_unprintable(text):
        assert list_letters_off_sheet(_print(text), 15) == []
