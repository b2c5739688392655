"""What the registry says: receipts, numbers; what it is told late, and statements."""

import asyncio
import json
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.certificates.handlers import event_handlers
from services.certificates.main import create
from services.certificates.registry import feed
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.events.certificates import RegistrationEntered, RegistrationRefused
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery, failure, rows
from tests.certificates.registry_copy import Copy
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving

EVENTS = "SELECT payload FROM outbox WHERE topic = 'certificates.registration' ORDER BY id"


def entry_receipt(position: int, number: str = "Р-1", day: str = "2026-03-02") -> dict[str, Any]:
    return {
        "position": position,
        "outcome": "entered",
        "record_number": number,
        "entered_on": day,
    }


async def _receive(client: httpx.AsyncClient, *receipts: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post("/v1/registry/receipts", json=list(receipts))
    assert answer.status_code == 200, answer.text
    outcomes: list[dict[str, Any]] = answer.json()["items"]
    return outcomes


@pytest.mark.usefixtures("three")
async def test_each_receipt_is_answered_on_its_own_and_told(
    client: httpx.AsyncClient, database: Database
) -> None:
    refusal = {"position": 2, "outcome": "refused", "reason": "Нет такой квалификации"}
    answers = await _receive(
        client,
        entry_receipt(1),
        refusal,
        entry_receipt(9),
        entry_receipt(3, day="2026-03-09"),
        entry_receipt(1),
    )
    assert [item["outcome"] for item in answers] == [
        *("done", "done", "refused", "refused", "repeated")
    ]
    assert [fault["rule"] for item in answers for fault in item["errors"]] == [
        *("receipt.unknown", "receipt.entered_on")
    ]
    first, second = await rows(database, EVENTS)
    (certificate,) = await rows(
        database,
        "SELECT c.application_id, c.id FROM certificate c JOIN feed_entry f "
        "ON f.subject_id = c.id WHERE f.position = 1",
    )
    event = RegistrationEntered.model_validate_json(first.payload)
    assert (event.record_number, event.application_id) == ("Р-1", certificate.application_id)
    assert (event.subject_id, event.subject, event.event) == (
        certificate.id,
        "certificate",
        "issued",
    )
    assert RegistrationRefused.model_validate_json(second.payload).position == 2


async def test_receipts_sent_at_once_in_opposite_orders_do_not_wait_for_each_other(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await consumer.handle_records([delivery(approval(), clock.now()) for _ in range(40)])
    await feed.sequence_entries(database, clock, settings)
    receipts = [entry_receipt(position) for position in range(1, 41)]
    batches = (receipts, receipts[::-1], receipts[1::2] + receipts[::2])
    answers = await asyncio.gather(*(_receive(client, *batch) for batch in batches))
    for outcomes in zip(answers[0], reversed(answers[1]), strict=True):
        assert {item["outcome"] for item in outcomes} <= {"done", "repeated"}
    assert len(await rows(database, EVENTS)) == len(receipts), "each is told once"


async def test_numbers_given_at_once_in_opposite_orders_do_not_wait_for_each_other(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    settings = settings.model_copy(update={"numbers": "registry"})
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    approvals = [approval() for _ in range(20)]
    await consumer.handle_records([delivery(event, clock.now()) for event in approvals])
    assignments = [
        {"application_id": str(event.application_id), "number": f"07.01000.00.{serial:08}.29"}
        for serial, event in enumerate(approvals, 500)
    ]
    async with serving(create(settings, clock)) as client:
        answers = await asyncio.gather(
            *(
                client.post("/v1/registry/numbers", json=batch)
                for batch in (assignments, assignments[::-1])
            )
        )
    outcomes = [{item["outcome"] for item in answer.json()["items"]} for answer in answers]
    assert sorted(map(sorted, outcomes)) == [["done"], ["repeated"]]
    assert len(await rows(database, "SELECT 1 FROM certificate")) == len(approvals)


@pytest.mark.usefixtures("three")
async def test_a_refusal_may_be_mended_an_entry_may_not_be_unsaid(
    client: httpx.AsyncClient,
) -> None:
    refusal = {"position": 1, "outcome": "refused", "reason": "Нет такой квалификации"}
    answers = await _receive(
        client, refusal, refusal, entry_receipt(1), refusal, entry_receipt(1, "Р-2")
    )
    assert [item["outcome"] for item in answers] == [
        *("done", "repeated", "done", "refused", "refused")
    ]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "receipt",
    [
        {"position": 1, "outcome": "entered"},
        {"position": 1, "outcome": "refused"},
        {**entry_receipt(1), "reason": "Нет"},
        {
            "position": 1,
            "outcome": "refused",
            "reason": "Нет",
            "record_number": "Р-1",
            "entered_on": "2026-03-02",
        },
        {**entry_receipt(0)},
        {**entry_receipt(1), "outcome": "lost"},
    ],
)
async def test_half_receipts_are_problems(
    client: httpx.AsyncClient, database: Database, receipt: dict[str, Any]
) -> None:
    answer = await client.post("/v1/registry/receipts", json=[receipt])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/0")
    assert await rows(database, "SELECT 1 FROM receipt") == []


@pytest.mark.usefixtures("three")
async def test_what_is_not_acknowledged_is_listed_with_its_limit(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    await _receive(client, entry_receipt(2), {"position": 3, "outcome": "refused", "reason": "Нет"})
    clock.advance(days=7)
    unacknowledged = (await client.get("/v1/registry/unacknowledged")).json()["items"]
    assert [(item["position"], item["refusal_reason"]) for item in unacknowledged] == [
        (1, None),
        (3, "Нет"),
    ]
    assert {(item["due_on"], item["late"]) for item in unacknowledged} == {("2026-03-10", False)}
    clock.advance(days=2)
    after = (await client.get("/v1/registry/unacknowledged", params={"after": "1"})).json()["items"]
    assert [(item["position"], item["late"]) for item in after] == [(3, True)]


async def test_a_statement_is_told_and_its_names_go_when_its_term_is_over(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    event = failure()
    await consumer.handle_record(delivery(event, clock.now()))
    await consumer.handle_record(delivery(event, clock.now()))
    await feed.sequence_entries(database, clock, settings)
    entries = (await client.get("/v1/registry/feed")).json()["items"]
    assert [(entry["subject"], entry["event"]) for entry in entries] == [("statement", "issued")]
    assert "Белова" in entries[0]["content"]
    statement = (await client.get(f"/v1/statements/{event.application_id}")).json()
    assert statement["kept_until"] == "2027-03-02"
    document_path = f"/v1/statements/{event.application_id}/document.pdf"
    clock.advance(days=365)
    assert await Duties(database, clock, settings).erase_statement_names() == 0
    assert (await client.get(document_path)).status_code == 200
    clock.advance(days=1)
    assert await Duties(database, clock, settings).erase_statement_names() == 1
    assert_problem(await client.get(document_path), 404, "statement.erased")
    await feed.sequence_entries(database, clock, settings)
    reader = Copy()
    assert await reader.read(client) == 2
    (record,) = reader.records.values()
    assert json.loads(record)["holder"] is None
    stored_rows = await rows(
        database, "SELECT content FROM feed_entry UNION SELECT holder::text FROM statement"
    )
    assert not any("Белова" in (row[0] or "") for row in stored_rows)


async def test_the_registry_gives_the_numbers_where_it_does(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    registry_settings = settings.model_copy(update={"numbers": "registry"})
    consumer = Consumer(database, registry_settings, event_handlers(registry_settings), clock)
    approvals = [approval() for _ in range(3)]
    for event in [*approvals, approvals[0]]:
        await consumer.handle_record(delivery(event, clock.now()))
    assert await rows(database, "SELECT 1 FROM certificate") == []
    clock.advance(days=4)
    async with serving(create(registry_settings, clock)) as client:
        page = (await client.get("/v1/registry/number-requests", params={"limit": "2"})).json()
        rest = (
            await client.get("/v1/registry/number-requests", params={"cursor": page["next"]})
        ).json()
        number_requests = [*page["items"], *rest["items"]]
        assert [item["application_id"] for item in number_requests] == [
            str(event.application_id) for event in approvals
        ]
        first, second, third = (item["application_id"] for item in number_requests)
        assignments = [
            {"application_id": first, "number": "07.01000.01.00000009.29"},
            {"application_id": second, "number": "07.01000.01.00000009.29"},
            {"application_id": str(uuid4()), "number": "07.01000.01.00000010.29"},
            {"application_id": third, "number": "07.01000.01.00000011.29"},
            {"application_id": third, "number": "07.01000.01.00000011.29"},
            {"application_id": third, "number": "07.01000.01.00000012.29"},
        ]
        answers = (await client.post("/v1/registry/numbers", json=assignments)).json()["items"]
        assert [item["outcome"] for item in answers] == [
            *("done", "refused", "refused", "done", "repeated", "refused")
        ]
        assert [fault["rule"] for item in answers for fault in item["errors"]] == [
            *("number.taken", "number.not_asked", "number.given")
        ]
        waiting_requests = (await client.get("/v1/registry/number-requests")).json()["items"]
        assert [item["application_id"] for item in waiting_requests] == [second]
        empty = await client.post("/v1/registry/numbers", json=[])
        assert_problem(empty, 422, "batch.rows")
    certificates = await rows(database, "SELECT number, issued_on FROM certificate ORDER BY number")
    assert [tuple(row) for row in certificates] == [
        ("07.01000.01.00000009.29", date(2026, 3, 6)),
        ("07.01000.01.00000011.29", date(2026, 3, 6)),
    ]


async def test_one_number_given_to_two_at_the_same_time_is_one_certificates(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    registry_settings = settings.model_copy(update={"numbers": "registry"})
    consumer = Consumer(database, registry_settings, event_handlers(registry_settings), clock)
    async with serving(create(registry_settings, clock)) as client:
        for serial in range(10):
            approvals = [approval(), approval()]
            for event in approvals:
                await consumer.handle_record(delivery(event, clock.now()))
            number = f"07.01000.01.{serial:08d}.29"
            assignments = [
                [{"application_id": str(event.application_id), "number": number}]
                for event in approvals
            ]
            answers = await asyncio.gather(
                *(client.post("/v1/registry/numbers", json=rows) for rows in assignments)
            )
            assert sorted(answer.json()["items"][0]["outcome"] for answer in answers) == [
                "done",
                "refused",
            ]
    assert len(await rows(database, "SELECT 1 FROM certificate")) == 10
