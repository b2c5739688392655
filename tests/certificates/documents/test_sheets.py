"""Sheets: names of all scripts, long ones that stay on theirs, marks on what has ended."""

import json
from typing import Any

import httpx
import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.events.applications import AssessmentCentre, Holder
from shared.events.catalog import LabourFunction, OccupationalStandard
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery, failure, rows
from tests.certificates.documents.test_documents import CENTRE, issue_certificate, pdf
from tests.clock import ManualClock
from tests.papers import WIDE, list_letters_off_sheet, list_overprints, read_sheets
from tests.problems import assert_problem
from tests.serving import serving

MARGIN_MM = 5
"""The foot of the annex stands lowest, in its margin of 15 mm."""
DECISION = {
    "reason": "Выдано по ошибке в протоколе",
    "basis": "Решение агентства № 7 от 01.03.2027",
}
LOSS = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02"}
NAMES = [
    ("王", "小明", None),
    ("გელაშვილი", "ნინო", "გიორგის"),
    ("Հովհաննիսյան", "Արմեն", None),
    ("Әлімбекқызы", "Ғалия", "Ұлы"),
    ("Nguyễn", "Thị Ánh", None),
    ("शर्मा", "क्षत्रिय", None),
    ("محمد", "علي", None),
    ("כהן", "שרה", None),
]
LONG_WORDS = {
    "wide letters": WIDE * 100,
    "hyphens": "Константинопольская-" * 4 + "Преображенская",
    "ideographs": "龍" * 100,
    "arabic": "محمد" * 25,
    "marks": "А\u0301\u0323" * 33,
}


def _lengthen(word: str, length: int) -> str:
    """A text of at most so many characters, of the word again and again."""
    return (word * (length // len(word) + 1))[:length].strip()


def _build_holder(word: str) -> Holder:
    return Holder(family_name=word, given_name=word, patronymic=word)


def _build_columns(word: str) -> dict[str, Any]:
    """A qualification's columns, as long as the catalogue accepts them."""
    text = _lengthen(word, 500)
    functions = tuple(LabourFunction(code=f"A/{n:02d}.3", name=text[:300]) for n in range(1, 4))
    return {
        "name": text,
        "council": text,
        "occupational_standard": OccupationalStandard(code="07.010", title=text),
        "labour_functions": functions,
        "additional_information": _lengthen(word, 2000),
        "legal_requirement": text,
        "additional_characteristics": text,
    }


def _assert_on_sheets(content: bytes) -> None:
    assert list_letters_off_sheet(content, MARGIN_MM) == []


async def test_names_of_all_scripts_are_printed(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    for family_name, given_name, patronymic in NAMES:
        holder = Holder(family_name=family_name, given_name=given_name, patronymic=patronymic)
        centre = AssessmentCentre(number="78.041", name=f"ЦОК «{family_name}»")
        event = approval().model_copy(update={"holder": holder, "centre": centre})
        content = await pdf(client, await issue_certificate(consumer, database, event, clock.now()))
        front, annex = read_sheets(content)
        names = f"{family_name}{given_name}{patronymic or ''}"
        letters = {letter for letter in names if letter.isalpha()}
        assert letters <= set(front)
        assert letters <= set(annex)
        _assert_on_sheets(content)


@pytest.mark.parametrize("word", LONG_WORDS.values(), ids=LONG_WORDS)
async def test_long_words_stay_on_their_sheets_in_every_paper(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    word: str,
) -> None:
    line = _lengthen(word, 300)
    block = {"name": line, "address": line, "head": line, "deputy": True}
    assert (await client.put("/v1/centres/78.041", json=block)).status_code == 200
    event = approval(**_build_columns(word)).model_copy(update={"holder": _build_holder(word)})
    path = await issue_certificate(consumer, database, event, clock.now())
    body = {**LOSS, "ground": "name_change", "holder": _build_holder(word).model_dump()}
    assert (await client.post(f"{path}/duplicates", json=body)).status_code == 201
    annulment = {**DECISION, "basis": line}
    clean_papers = [await pdf(client, path), await pdf(client, path, duplicate="1")]
    assert (await client.post(f"{path}/annul", json=annulment)).status_code == 200
    ended_papers = [await pdf(client, path), await pdf(client, path, duplicate="1")]
    for content in (*clean_papers, *ended_papers):
        _assert_on_sheets(content)
    assert list_overprints(clean_papers[0]) == []
    assert all("лист 1" in " ".join(read_sheets(content)) for content in clean_papers)


@pytest.mark.parametrize("word", LONG_WORDS.values(), ids=LONG_WORDS)
async def test_long_words_stay_on_the_sheets_of_a_statement(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, word: str
) -> None:
    line = _lengthen(word, 300)
    block = {"name": line, "address": line, "head": line}
    assert (await client.put("/v1/centres/78.041", json=block)).status_code == 200
    event = failure()
    qualification = event.qualification.model_copy(update=_build_columns(word))
    event = event.model_copy(
        update={
            "holder": _build_holder(word),
            "qualification": qualification,
            "recommendation": _lengthen(word, 3000),
            "statement_number": _lengthen("78.041-", 300),
        }
    )
    await consumer.handle_record(delivery(event, clock.now()))
    content = await pdf(client, f"/v1/statements/{event.application_id}")
    _assert_on_sheets(content)
    assert list_overprints(content) == []


async def _take(client: httpx.AsyncClient, path: str, act: str, **members: str) -> None:
    answer = await client.post(f"{path}/{act}", json={**DECISION, **members})
    assert answer.status_code == 200, answer.text


def _assert_marked(content: bytes, word: str, *phrases: str) -> None:
    """That each sheet says the word, the day and the basis."""
    sheets = read_sheets(content)
    assert len(sheets) > 1
    for sheet in sheets:
        for phrase in (word, *phrases):
            assert phrase in sheet, sheet


@pytest.mark.parametrize(
    ("act", "word", "phrase"),
    [
        ("annul", "АННУЛИРОВАНО", "Аннулировано 1 апреля 2026 года"),
        ("withdraw", "ОТОЗВАНО", "не действует с 1 апреля 2026 года"),
        ("suspend", "ПРИОСТАНОВЛЕНО", "Приостановлено с 1 апреля 2026 года"),
    ],
)
async def test_what_was_ended_never_prints_clean(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    act: str,
    word: str,
    phrase: str,
) -> None:
    functions = tuple(LabourFunction(code=f"A/{n:02d}.3", name="Текст " * 40) for n in range(30))
    path = await issue_certificate(
        consumer, database, approval(labour_functions=functions), clock.now()
    )
    iso_settings = settings.model_copy(update={"iso_measures": True})
    async with serving(create(iso_settings, clock)) as client:
        assert (await client.post(f"{path}/duplicates", json=LOSS)).status_code == 201
        clean = await pdf(client, path)
        assert word not in " ".join(read_sheets(clean))
        clock.advance(days=30)
        await _take(client, path, act, **({} if act == "annul" else {"effective_on": "2026-04-01"}))
        for query in ({}, {"duplicate": "1"}):
            content = await pdf(client, path, **query)
            _assert_marked(content, word, phrase, f"Основание: {DECISION['basis']}.")
            _assert_on_sheets(content)
            assert content == await pdf(client, path, **query)
        if act == "suspend":
            await _take(client, path, "reinstate", effective_on="2026-04-01")
            assert await pdf(client, path) == clean, "it is true again"


async def test_what_ends_later_is_clean_until_then(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    iso_settings = settings.model_copy(update={"iso_measures": True})
    async with serving(create(iso_settings, clock)) as client:
        clean = await pdf(client, path)
        await _take(client, path, "withdraw", effective_on="2026-03-04")
        clock.advance(days=1)
        assert await pdf(client, path) == clean
        clock.advance(days=1)
        _assert_marked(await pdf(client, path), "ОТОЗВАНО", "не действует с 4 марта 2026 года")


async def test_the_expired_says_so_from_the_day_after_its_last(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    clean = await pdf(client, path)
    clock.instant = clock.instant.replace(year=2029)
    assert await pdf(client, path) == clean, "the last day counts"
    clock.advance(days=1)
    content = await pdf(client, path)
    _assert_marked(content, "СРОК ИСТЁК", "последний день 2 марта 2029 года", "Основание: срок")


async def test_the_superseded_names_its_successor(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    (older,) = await rows(database, "SELECT number FROM certificate")
    clock.advance(days=700)
    event = approval().model_copy(update={"recertifies": older.number})
    await consumer.handle_record(delivery(event, clock.now()))
    (newer,) = await rows(
        database, "SELECT number FROM certificate WHERE number <> :n", n=older.number
    )
    content = await pdf(client, path)
    _assert_marked(content, "31 января 2028 года", f"новое свидетельство № {newer.number}")
    assert "ЗАМЕНЕНО" not in " ".join(read_sheets(content)), "it is valid until its end"


async def test_a_moved_end_is_told_without_a_stamp(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    await _take(client, path, "shorten", ends_on="2027-03-02")
    content = await pdf(client, path)
    _assert_marked(content, "сокращён", "последний день 2 марта 2027 года", DECISION["basis"])
    assert "ИСТЁК" not in " ".join(read_sheets(content))
    clock.instant = clock.instant.replace(year=2028)
    _assert_marked(await pdf(client, path), "СРОК ИСТЁК", "2 марта 2027 года", DECISION["basis"])


async def test_what_cannot_be_printed_is_refused_before_it_is_kept(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    for member in ("name", "address", "head"):
        answer = await client.put("/v1/centres/78.041", json={**CENTRE, member: "ЦОК 😀"})
        assert_problem(answer, 422, "text.unprintable", f"/{member}")
        assert "😀 (U+1F600)" in answer.text
    holder = {"family_name": "བོད", "given_name": "Анна"}
    body = {**LOSS, "ground": "name_change", "holder": holder}
    answer = await client.post(f"{path}/duplicates", json=body)
    assert_problem(answer, 422, "text.unprintable", "/holder/family_name")
    assert (await client.get(path)).status_code == 200


async def test_what_came_past_intake_is_a_problem_that_names_its_letters(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    holder = Holder(family_name="Белова😀", given_name="Анна\ue000", patronymic=None)
    event = approval().model_copy(update={"holder": holder})
    path = await issue_certificate(consumer, database, event, clock.now())
    answer = await client.get(f"{path}/document.pdf", headers={"Accept-Language": "ru"})
    assert_problem(answer, 422, "document.unprintable")
    assert "😀 (U+1F600), U+E000" in json.loads(answer.text)["detail"]
