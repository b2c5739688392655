"""The sentence of a broken rule: what is right, in the reader's language."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, Field, ValidationError

from services.applications.application.status import TRANSITIONS, Command, Status
from shared.errors import IllegalTransition
from shared.locale.catalogues import read_languages
from shared.locale.rules import say_field_errors, say_rule
from shared.locale.translator import Translator

SERVICES_FOLDER = Path(__file__).parents[3] / "services"
RUSSIAN, ENGLISH = read_languages(SERVICES_FOLDER / "applications").values()


class Light(StrEnum):
    """An enumeration without messages."""

    RED = "red"


class Body(BaseModel):
    """A body with what can be wrong in one."""

    level: Annotated[int, Field(ge=1, le=9)]
    points: Annotated[float, Field(ge=0.5)] = 1.0
    outcome: Literal["certify", "refuse"] = "certify"
    members: Annotated[list[str], Field(min_length=1, max_length=3)] = ["И. Котова"]
    reason: Annotated[str, Field(min_length=1, max_length=21)] = "?"
    day: date = date(2026, 3, 31)


def _say(t: Translator, rule: str, **values: object) -> str:
    """The sentence with plain spaces: within a day they hold its parts together."""
    return " ".join(say_rule(t, rule, values).split())


def test_a_day_ends_a_sentence_with_one_full_stop() -> None:
    values = {"earliest": date(2026, 3, 2), "today": date(2026, 4, 1)}
    assert _say(RUSSIAN, "procedure.day", **values) == (
        "Укажите день с 2 марта 2026 г. по 1 апреля 2026 г."
    )
    assert _say(ENGLISH, "procedure.day", **values) == (
        "Enter a day from 2 March 2026 to 1 April 2026."
    )


def test_an_instant_is_said_in_its_own_zone() -> None:
    instant = datetime(2026, 3, 2, 12, 5, tzinfo=ZoneInfo("Asia/Vladivostok"))
    assert _say(ENGLISH, "examination.not_yet", starts_at=instant) == (
        "The examination begins on 2 March 2026, 12:05. Record this afterwards."
    )


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "за 1 день."), (2, "за 2 дня."), (5, "за 5 дней."), (21, "за 21 день.")],
)
def test_a_number_has_its_plural_form(number: int, words: str) -> None:
    assert say_rule(RUSSIAN, "appeal.short_notice", {"number": number}).endswith(words)


def test_the_present_status_is_said_in_words() -> None:
    with pytest.raises(IllegalTransition) as refusal:
        TRANSITIONS.next_status(Status.SUBMITTED, Command.HAND_OVER)
    assert say_rule(RUSSIAN, refusal.value.rule, refusal.value.values) == (
        "Сейчас это невозможно. Состояние: ждёт рассмотрения."
    )


@pytest.mark.parametrize("rule", ["no.such.rule", "http.418"])
def test_a_rule_without_a_message_is_never_shown_as_a_code(rule: str) -> None:
    for t in (RUSSIAN, ENGLISH):
        assert say_rule(t, rule, {"number": 3, "status": Light.RED}) == t("rule.unknown")


def test_a_value_that_has_no_words_is_an_error() -> None:
    with pytest.raises(KeyError):
        say_rule(RUSSIAN, "lifecycle.transition", {"status": Light.RED})
    with pytest.raises(KeyError):
        say_rule(RUSSIAN, "lifecycle.transition", {})


@pytest.mark.parametrize(
    ("members", "russian", "english"),
    [
        (
            {"level": "пять"},
            "Введите целое число, например 12.",
            "Enter a whole number, such as 12.",
        ),
        ({"level": 10}, "Введите число не больше 9.", "Enter 9 or less."),
        ({"level": None}, "Введите целое число, например 12.", "Enter a whole number, such as 12."),
        ({"points": 0}, "Введите число не меньше 0,5.", "Enter 0.5 or more."),
        (
            {"outcome": "x"},
            "Выберите один из предложенных вариантов.",
            "Choose one of the options.",
        ),
        ({"members": []}, "Заполните хотя бы одну строку.", "Fill in at least one line."),
        ({"members": list("abcd")}, "Оставьте не больше 3 строк.", "Leave at most 3 lines."),
        ({"reason": ""}, "Заполните это поле.", "Fill in this field."),
        (
            {"reason": "x" * 22},
            "Сократите: помещается не больше 21 знака.",
            "Shorten this: at most 21 characters fit.",
        ),
        (
            {"day": "завтра"},
            "Введите день, месяц и год, например 31 марта 2026 г.",
            "Enter a day, month and year, such as 31 March 2026.",
        ),
    ],
)
def test_an_error_in_a_field_says_what_is_right(
    members: dict[str, object], russian: str, english: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        Body.model_validate({"level": 5, **members})
    (name,) = members
    assert say_field_errors(RUSSIAN, refusal.value.errors()) == [((name,), russian)]
    assert say_field_errors(ENGLISH, refusal.value.errors()) == [((name,), english)]


def test_a_folder_of_another_language_says_rules_in_it(tmp_path: Path) -> None:
    path = tmp_path / "kk" / "LC_MESSAGES" / "rules.po"
    path.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(f'{header}msgid "rule.missing"\nmsgstr "Толтырыңыз."\n', "utf-8")
    kazakh = read_languages(SERVICES_FOLDER / "applications", tmp_path)["kk"]
    assert say_rule(kazakh, "missing", {}) == "Толтырыңыз."
    assert say_rule(kazakh, "review.reason", {}) == say_rule(RUSSIAN, "review.reason", {})
