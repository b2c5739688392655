"""A line of the history as a sentence: of every command, with its facts and after the erasure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

import services.applications
from services.applications.appeals.rules import AppealOutcome
from services.applications.appeals.status import AppealCommand
from services.applications.application.models import History
from services.applications.application.schemas import HistoryFacts
from services.applications.application.status import REOPENINGS, TRANSITIONS, Command, Status
from services.applications.desk.history_sentences import say_history_line
from shared.db import Database
from shared.locale.catalogues import read_languages
from tests.applications import people

LANGUAGES = read_languages(Path(services.applications.__file__).parent)
ZONE = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 26, 9, tzinfo=UTC)
BESIDES = (
    "confirm_different_people",
    "confirm_same_holder",
    "deny_same_holder",
    "draft",
    "enter_in_registry",
    "erase",
    "withdraw_consent",
    "appeal_file",
)
"""Commands of the history that no transition has."""


def build_line(
    command: str, facts: HistoryFacts | None = None, from_status: Status | None = None
) -> History:
    """A line of the history."""
    return History(
        application_id=uuid4(),
        at=NOON,
        actor="clerk",
        command=command,
        from_status=from_status,
        to_status=Status.SUBMITTED,
        facts=facts,
    )


def say(language: str, line: History) -> str:
    """The sentence, with plain blanks."""
    return say_history_line(LANGUAGES[language], line, ZONE).replace("\u00a0", " ")


BY_KOTOVA = HistoryFacts(reviewer="И. Котова")
BY_ACT = HistoryFacts(act_number="2028-000001")
BY_PROTOCOL = HistoryFacts(protocol_number="СПК-4")

SENTENCES = [
    (
        "begin_review",
        BY_KOTOVA,
        "Взято на рассмотрение: И. Котова",
        "Review taken: И. Котова",
    ),
    ("admit", BY_KOTOVA, "Допуск: И. Котова", "Admitted: И. Котова"),
    (
        "return",
        BY_KOTOVA,
        "Возвращено с замечаниями: И. Котова",
        "Returned with remarks: И. Котова",
    ),
    (
        "decline",
        BY_KOTOVA,
        "Отказ в приёме: И. Котова",
        "Not accepted: И. Котова",
    ),
    (
        "schedule",
        HistoryFacts(starts_at=NOON, place="Галерная, 3"),
        "Экзамен назначен на 26 ноября 2026 г., 12:00",
        "Examination set for 26 November 2026, 12:00",
    ),
    (
        "record_examination",
        HistoryFacts(protocol_number="П-17", theory="passed", practice="passed", outcome="passed"),
        "Протокол П-17: сдан",
        "Protocol П-17: passed",
    ),
    (
        "record_examination",
        HistoryFacts(protocol_number="П-17", theory="failed", outcome="failed"),
        "Протокол П-17: не сдан",
        "Protocol П-17: failed",
    ),
    ("certify", BY_PROTOCOL, "Квалификация подтверждена", "Confirmed"),
    (
        "refuse",
        BY_PROTOCOL,
        "Квалификация не подтверждена",
        "Not confirmed",
    ),
    (
        "record_certificate",
        HistoryFacts(certificate_number="07.01000.01.00000001.29"),
        "Выпущено свидетельство 07.01000.01.00000001.29",
        "Certificate 07.01000.01.00000001.29 issued",
    ),
    *(
        ("hand_over", HistoryFacts(handover_method=method), f"Выдано {ru}", f"Handed over {en}")
        for method, ru, en in (
            ("in_person", "лично", "in person"),
            ("post", "почтой", "by post"),
            ("representative", "представителю", "to a representative"),
            ("electronically", "в электронном виде", "electronically"),
        )
    ),
    (
        "erase",
        HistoryFacts(act_number="2028-000001"),
        "Данные уничтожены, акт 2028-000001",
        "Data erased, act 2028-000001",
    ),
    ("of_another_release", HistoryFacts(reviewer="И."), "Дело изменено", "The case was changed"),
]


@pytest.mark.parametrize(("command", "facts", "russian", "english"), SENTENCES)
def test_a_line_says_its_facts_in_both_languages(
    command: str, facts: HistoryFacts, russian: str, english: str
) -> None:
    line = build_line(command, facts)
    assert (say("ru", line), say("en", line)) == (russian, english)


def test_another_day_is_said_as_moved() -> None:
    line = build_line("schedule", HistoryFacts(starts_at=NOON), Status.SCHEDULED)
    assert say("ru", line) == "Экзамен перенесён на 26 ноября 2026 г., 12:00"
    assert say("en", build_line("schedule", None, Status.SCHEDULED)) == "Examination moved"


def every_command() -> Iterator[tuple[str, Status | None]]:
    """Every command that a history can have, with every status before it."""
    for status in Status:
        for table in (TRANSITIONS, REOPENINGS):
            for command in table.allowed_commands(status):
                yield command, status
    for appeal_command in AppealCommand:
        yield f"appeal_{appeal_command}", Status.CLOSED
    for name in BESIDES:
        yield name, None


FACTS_OF_ALL_KINDS = [
    None,
    HistoryFacts(),
    HistoryFacts(outcome="unheard_of", handover_method="unheard_of"),
    *(HistoryFacts(outcome=outcome, appeal_number="А-1") for outcome in AppealOutcome),
    HistoryFacts(reviewer="И. {Котова}", starts_at=NOON, day=date(2026, 11, 26)),
]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_command_has_a_sentence_whatever_is_known(language: str) -> None:
    said_commands = set()
    for command, from_status in every_command():
        for facts in FACTS_OF_ALL_KINDS:
            sentence = say(language, build_line(command, facts, from_status))
            assert sentence
            assert sentence != LANGUAGES[language]("history.unknown"), command
            assert "history." not in sentence
            assert "None" not in sentence
            assert "_" not in sentence
        said_commands.add(command)
    assert said_commands >= set(Command)


async def test_operations_keep_the_facts_that_sentences_need(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.refuse_certification(client)
    await people.run_step(
        client,
        application_id,
        "hand-over",
        "closed",
        handed_over_on="2026-03-02",
        handover_method="in_person",
    )
    history = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    lines = [
        build_line(
            line["command"],
            HistoryFacts.model_validate(line["facts"]) if line["facts"] else None,
            line["from_status"] and Status(line["from_status"]),
        )
        for line in history
    ]
    assert [say("ru", line) for line in lines] == [
        "Заявление подано",
        "Взято на рассмотрение: И. Котова",
        "Допуск: И. Котова",
        "Экзамен назначен на 2 марта 2026 г., 12:00",
        "Протокол П-17: не сдан",
        "Передано в совет",
        "Квалификация не подтверждена",
        "Выдано лично",
    ]
    assert history[4]["facts"] == {
        "protocol_number": "П-17",
        "theory": "passed",
        "practice": "failed",
        "outcome": "failed",
        "day": "2026-03-02",
    }
    assert {line["detail"] for line in history} == {None}
