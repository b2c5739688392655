"""What is printed: the order's fields and sizes, the same bytes, a code that leads to the page."""

import asyncio
import ctypes
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pypdfium2
import pytest
import zxingcpp
from pypdfium2 import raw

from services import catalog
from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.events.applications import ApplicationApproved, Holder
from shared.events.catalog import LabourFunction, QualificationContent
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import approval, delivery, failure, rows
from tests.clock import ManualClock
from tests.papers import open_document, read_sheet
from tests.problems import assert_problem
from tests.serving import serving

A4 = (595, 842)
CENTRE = {
    "name": "ООО «Северо-Западный центр оценки»",
    "address": "191186, Санкт-Петербург, наб. реки Мойки, д. 5",
    "head": "И. И. Иванов",
    "deputy": True,
}


def reviewed() -> list[QualificationContent]:
    """The council's five qualifications, as they are published."""
    data = Path(catalog.__file__).parent / "data"
    contents = [json.loads(path.read_text()) for path in sorted(data.glob("*.json"))]
    return [
        QualificationContent.model_validate(
            {**content.get("content", content), "id": uuid4(), "version": 1}
        )
        for content in contents
    ]


def sizes(document: pypdfium2.PdfDocument, place: int) -> set[float]:
    """The type sizes on a page, in points."""
    page = document[place].get_textpage()
    return {
        round(raw.FPDFText_GetFontSize(page, index), 1)
        for index in range(page.count_chars())
        if page.get_text_range(index, 1).strip()
    }


async def pdf(client: httpx.AsyncClient, path: str, **query: str) -> bytes:
    answer = await client.get(f"{path}/document.pdf", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.content


async def issue_certificate(
    consumer: Consumer, database: Database, event: ApplicationApproved, now: Any
) -> str:
    """The address of the certificate of an approval."""
    await consumer.handle_record(delivery(event, now))
    (row,) = await rows(
        database,
        "SELECT id FROM certificate WHERE application_id = :application",
        application=event.application_id,
    )
    return f"/v1/certificates/{row.id}"


@pytest.mark.parametrize("qualification", reviewed(), ids=lambda item: f"level{item.level}")
async def test_each_of_the_councils_qualifications_is_printed_whole(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    qualification: QualificationContent,
) -> None:
    event = approval().model_copy(update={"qualification": qualification})
    path = await issue_certificate(consumer, database, event, clock.now())
    content = await pdf(client, path)
    assert content == await pdf(client, path)
    (row,) = await rows(database, "SELECT number FROM certificate")
    with open_document(content) as document:
        assert (round(document[0].get_width()), round(document[0].get_height())) == A4
        front = read_sheet(document, 0)
        for printed_text in (
            *(qualification.council, qualification.name, row.number),
            *("СВИДЕТЕЛЬСТВО О КВАЛИФИКАЦИИ", "Белова Анна Сергеевна"),
            *("2 марта 2026 года", "2 марта 2029 года", "ЦОК, регистрационный номер 78.041"),
        ):
            assert printed_text in front
        assert "ДУБЛИКАТ" not in front
        annex = " ".join(read_sheet(document, place) for place in range(1, len(document)))
        for function in qualification.labour_functions:
            assert function.code in annex
        assert max(sizes(document, 0)) >= 20
        for place in range(len(document)):
            assert min(sizes(document, place)) >= 10


async def test_the_file_is_tagged_and_says_its_language_and_title(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    content = await pdf(
        client, await issue_certificate(consumer, database, approval(), clock.now())
    )
    with open_document(content) as document:
        assert raw.FPDFCatalog_IsTagged(document)
        assert document.get_metadata_value("Title").startswith("Свидетельство о квалификации №")
        size = raw.FPDFCatalog_GetLanguage(document, None, 0)
        language = ctypes.create_string_buffer(size)
        raw.FPDFCatalog_GetLanguage(
            document, ctypes.cast(language, ctypes.POINTER(ctypes.c_ushort)), size
        )
        assert language.raw.decode("utf-16-le").startswith("ru")


async def test_long_names_and_many_functions_go_over_pages(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    functions = tuple(
        LabourFunction(code=f"D/{n:02d}.5", name="Поддержка клиентов " * 12) for n in range(1, 41)
    )
    event = approval(labour_functions=functions, name="Специалист " * 20).model_copy(
        update={
            "holder": Holder(
                family_name="Константинопольская-Преображенская" * 2,
                given_name="Александра-Виктория",
                patronymic="Ибрагим-кызы",
            )
        }
    )
    content = await pdf(client, await issue_certificate(consumer, database, event, clock.now()))
    with open_document(content) as document:
        assert len(document) > 5
        pages = [read_sheet(document, place) for place in range(len(document))]
        assert all("Номер" in page and "лист" in page for page in pages[1:]), "each has its head"
        assert all(any(f"D/{n:02d}.5" in page for page in pages) for n in range(1, 41))
        image = document[0].render(scale=2).to_pil()
        assert len(zxingcpp.read_barcodes(image)) == 1, "the code is on the first sheet"


async def test_the_code_leads_to_the_page_that_says_valid(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    content = await pdf(
        client, await issue_certificate(consumer, database, approval(), clock.now())
    )
    with open_document(content) as document:
        (code,) = zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())
    assert code.text.startswith(settings.site_url)
    path = code.text.removeprefix(settings.site_url)
    for language, words in {"ru": "Действует", "en": "Valid"}.items():
        headers = {"Accept-Language": language}
        client.cookies.clear()
        page = await client.get(path, headers=headers, follow_redirects=True)
        assert page.status_code == 200
        assert page.url.path == f"/{language}{path}", "paper names no language"
        assert words in page.text


async def test_a_duplicate_says_so_and_prints_the_new_name(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    original = await pdf(client, path)
    block_answer = await client.put("/v1/centres/78.041", json=CENTRE)
    assert block_answer.status_code == 200, block_answer.text
    clock.advance(days=30)
    body = {
        "ground": "name_change",
        "basis": "Свидетельство о браке II-АК № 500001",
        "applied_on": "2026-03-30",
        "holder": {"family_name": "Ёлкина", "given_name": "Анна", "patronymic": "Сергеевна"},
    }
    duplicate = await client.post(f"{path}/duplicates", json=body)
    assert duplicate.status_code == 201, duplicate.text
    assert (duplicate.json()["due_on"], duplicate.json()["issued_on"]) == (
        "2026-04-14",
        "2026-04-01",
    )
    lost = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-04-01"}
    key = {"Idempotency-Key": "second-paper"}
    answers = [await client.post(f"{path}/duplicates", json=lost, headers=key) for _ in range(2)]
    assert [answer.json()["ordinal"] for answer in answers] == [2, 2], "one paper for one key"
    for ordinal in ("1", "2"):
        with open_document(await pdf(client, path, duplicate=ordinal)) as document:
            front = read_sheet(document, 0)
            for printed_text in (
                *("ДУБЛИКАТ", "Ёлкина", "2 марта 2026 года", "дата выдачи дубликата"),
                *("1 апреля 2026 года", "/Руководитель", "И. И. Иванов", CENTRE["address"]),
            ):
                assert str(printed_text) in front
            assert "Белова" not in front
            assert "ДУБЛИКАТ" in read_sheet(document, 1)
    assert await pdf(client, path) == original, "what was printed before stays"
    duplicates = (await client.get(f"{path}/duplicates")).json()["items"]
    assert [(item["ground"], item["due_on"]) for item in duplicates] == [
        ("name_change", "2026-04-14"),
        ("loss", "2026-04-16"),
    ]
    missing = await client.get(f"{path}/document.pdf", params={"duplicate": "3"})
    assert_problem(missing, 404, "duplicate.unknown", "#query/duplicate")


async def test_a_duplicate_prints_the_councils_name_of_its_own_day(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    former_name, present_name = "офисных специалистов", "документационного"
    council = f"Совет по профессиональным квалификациям {former_name} и вспомогательных"
    event = approval(council=f"{council} административных работников")
    path = await issue_certificate(consumer, database, event, clock.now())
    body = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02"}
    assert (await client.post(f"{path}/duplicates", json=body)).status_code == 201
    fronts: list[str] = []
    queries: tuple[dict[str, str], ...] = ({}, {"duplicate": "1"})
    for query in queries:
        with open_document(await pdf(client, path, **query)) as document:
            fronts.append(read_sheet(document, 0))
    assert [(former_name in front, present_name in front) for front in fronts] == [
        *[(True, False), (False, True)]
    ]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ground": "boredom"}, "/ground"),
        ({"applied_on": "2026-03-03"}, "/applied_on"),
        ({"applied_on": "2026-03-01"}, "/applied_on"),
        ({"basis": ""}, "/basis"),
        ({"ground": "name_change"}, "/"),
        ({"holder": {"family_name": "Ёлкина", "given_name": "Анна"}}, "/"),
    ],
)
async def test_a_duplicate_has_its_rules(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    changes: dict[str, Any],
    pointer: str,
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    body = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02", **changes}
    answer = await client.post(f"{path}/duplicates", json=body)
    assert answer.status_code == 422
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
    assert await rows(database, "SELECT 1 FROM duplicate") == []


async def test_an_application_has_one_duplicate_also_at_once(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    body = {"ground": "loss", "basis": "Заявление № 4", "applied_on": "2026-03-02"}
    answers = await asyncio.gather(
        *(client.post(f"{path}/duplicates", json=body) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert assert_problem(answer, 409, "duplicate.again")["ordinal"] == 1
    lost_again = {**body, "basis": "Заявление № 5"}
    assert (await client.post(f"{path}/duplicates", json=lost_again)).json()["ordinal"] == 2


async def test_there_is_no_duplicate_of_what_proves_nothing(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    clock.instant = clock.instant.replace(year=2030)
    body = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02"}
    assert_problem(await client.post(f"{path}/duplicates", json=body), 422, "duplicate.nothing")


async def test_a_statement_prints_its_fields_and_no_code(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    event = failure()
    await consumer.handle_record(delivery(event, clock.now()))
    path = f"/v1/statements/{event.application_id}"
    content = await pdf(client, path)
    assert content == await pdf(client, path)
    with open_document(content) as document:
        front = read_sheet(document, 0)
        for printed_text in (
            *(event.statement_number, "Белова Анна Сергеевна", "квалификация не подтверждена"),
            *("20 февраля 2026 года", "21 февраля 2026 года", "РЕКОМЕНДУЕТСЯ"),
            str(event.recommendation),
        ):
            assert printed_text in front
        assert zxingcpp.read_barcodes(document[0].render(scale=2).to_pil()) == []
        assert (len(document), min(sizes(document, 0))) == (1, 10)
    disclosures = await rows(database, "SELECT resource FROM disclosure")
    assert {row.resource for row in disclosures} == {f"statement {event.application_id}"}


async def test_a_centre_sees_its_own_only(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    path = await issue_certificate(consumer, database, approval(), clock.now())
    event = failure()
    await consumer.handle_record(delivery(event, clock.now()))
    stranger = tokens.bearer(Scope.PROCESS, centre="77.001")
    async with serving(create(settings, clock), stranger) as client:
        for read in (
            *(f"{path}/document.pdf", f"{path}/duplicates"),
            *(f"/v1/statements/{event.application_id}{end}" for end in ("", "/document.pdf")),
        ):
            assert (await client.get(read)).status_code == 404
        body = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02"}
        assert (await client.post(f"{path}/duplicates", json=body)).status_code == 404
        foreign_centre = await client.put("/v1/centres/78.041", json=CENTRE)
        assert_problem(foreign_centre, 403, "centre.other")
    assert await rows(database, "SELECT 1 FROM disclosure") == []


async def test_what_a_centre_says_is_printed_from_then_on(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    first = await client.put("/v1/centres/78.041", json=CENTRE)
    stale = await client.put("/v1/centres/78.041", json=CENTRE, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    mended = {**CENTRE, "deputy": False}
    changes = await client.put(
        "/v1/centres/78.041", json=mended, headers={"If-Match": first.headers["etag"]}
    )
    assert changes.status_code == 200
    content = await pdf(
        client, await issue_certificate(consumer, database, approval(), clock.now())
    )
    with open_document(content) as document:
        front = read_sheet(document, 0)
    assert "И. И. Иванов" in front
    assert "/Руководитель" not in front
