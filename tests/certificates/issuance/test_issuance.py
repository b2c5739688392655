"""A certificate for each approved application: exactly one, whatever is delivered how often."""

import asyncio
import json
from datetime import UTC, date, datetime

import httpx
import pytest

from services.certificates.handlers import event_handlers
from services.certificates.registry.feed import sequence_entries
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.events.applications import ApplicationApproved
from shared.events.certificates import CertificateIssued
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery, rows
from tests.clock import ManualClock
from tests.papers import open_document, read_sheet

ISSUED = "SELECT payload FROM outbox ORDER BY id"


async def test_an_approval_is_certified_with_what_it_says(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    event = approval(registry_number="07.01000.02", version=4)
    await consumer.handle_record(delivery(event, clock.now()))
    (row,) = await rows(database, "SELECT * FROM certificate")
    assert row.number == "07.01000.02.00000001.29"
    assert (row.issued_on, row.valid_until) == (date(2026, 3, 2), date(2029, 3, 2))
    assert row.holder == event.holder.model_dump()
    assert row.qualification_version == 4
    assert row.next_notice_on == date(2028, 9, 3)
    (outbox_row,) = await rows(database, ISSUED)
    event_body = CertificateIssued.model_validate_json(outbox_row.payload)
    assert (event_body.number, event_body.application_id) == (row.number, event.application_id)
    assert (event_body.issued_on, event_body.valid_until) == (row.issued_on, row.valid_until)


async def test_the_event_names_nobody(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await consumer.handle_record(delivery(approval(), clock.now()))
    (outbox_row,) = await rows(database, ISSUED)
    for word in ("Белова", "Анна", "Сергеевна", "holder"):
        assert word not in outbox_row.payload.decode()


async def test_the_date_of_issue_is_civil(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    clock.instant = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)  # half past midnight in Moscow
    await consumer.handle_record(delivery(approval(), clock.now()))
    (row,) = await rows(database, "SELECT issued_on, valid_until FROM certificate")
    assert (row.issued_on, row.valid_until) == (date(2027, 1, 1), date(2030, 1, 1))


async def test_delivered_twice_it_is_one_certificate_and_one_event(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    record = delivery(approval(), clock.now())
    await consumer.handle_record(record)
    await consumer.handle_record(record)
    assert len(await rows(database, "SELECT 1 FROM certificate")) == 1
    assert len(await rows(database, ISSUED)) == 1


async def test_two_approvals_of_one_application_are_one_certificate(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    event = approval()
    await consumer.handle_record(delivery(event, clock.now()))
    await consumer.handle_record(delivery(event, clock.now()))
    assert len(await rows(database, "SELECT 1 FROM certificate")) == 1
    assert len(await rows(database, ISSUED)) == 1
    assert await rows(database, "SELECT 1 FROM dead_letter") == []


async def test_issuers_at_once_give_each_application_one_number_of_its_own(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    issuers = [Consumer(database, settings, event_handlers(settings), clock) for _ in range(4)]
    records = [delivery(approval(), clock.now()) for _ in range(50)]
    async with asyncio.TaskGroup() as group:
        for issuer in issuers:
            for record in records:
                group.create_task(issuer.handle_record(record))
    certificates = await rows(database, "SELECT number FROM certificate")
    assert len(certificates) == 50
    assert len({row.number for row in certificates}) == 50
    assert len(await rows(database, ISSUED)) == 50
    assert await rows(database, "SELECT 1 FROM dead_letter") == []


UNNUMBERED = approval()
UNCONFIRMED = approval(registry_number="07.01000.03", term_confirmed=False)
CONFIRMED = approval(registry_number="07.01000.01")


async def test_no_certificate_is_issued_of_what_is_not_in_the_registry_or_of_no_confirmed_term(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    strict_settings = settings.model_copy(update={"issue_unconfirmed": False})
    strict_consumer = Consumer(database, strict_settings, event_handlers(strict_settings), clock)
    for event in (UNNUMBERED, CONFIRMED, UNCONFIRMED):
        await strict_consumer.handle_record(delivery(event, clock.now()))
    (row,) = await rows(database, "SELECT number FROM certificate")
    assert row.number.startswith("07.01000.01.")
    assert len(await rows(database, "SELECT 1 FROM dead_letter")) == 2


@pytest.mark.parametrize(
    ("event", "number", "confirmed", "notes"),
    [
        (UNNUMBERED, None, True, ("не имеет номера в реестре",)),
        (UNCONFIRMED, "07.01000.03", False, ("не подтверждён советом",)),
        (CONFIRMED, "07.01000.01", True, ()),
    ],
)
async def test_what_is_not_confirmed_is_said_on_paper_by_verification_and_to_the_registry(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    event: ApplicationApproved,
    number: str | None,
    confirmed: bool,
    notes: tuple[str, ...],
) -> None:
    await consumer.handle_record(delivery(event, clock.now()))
    (row,) = await rows(database, "SELECT id, number, issued_on FROM certificate")
    question = {"number": row.number, "issued_on": str(row.issued_on)}
    answer = (await client.get("/v1/verification", params=question)).json()["certificate"]
    assert (answer["registry_number"], answer["term_confirmed"]) == (number, confirmed)
    await sequence_entries(database, clock, settings)
    (entry,) = (await client.get("/v1/registry/feed")).json()["items"]
    qualification = json.loads(entry["content"])["qualification"]
    assert (qualification["registry_number"], qualification["term_confirmed"]) == (
        *(number, confirmed),
    )
    document = await client.get(f"/v1/certificates/{row.id}/document.pdf")
    with open_document(document.content) as opened_document:
        printed_text = " ".join(read_sheet(opened_document, 0).split())
    page = (await client.get(f"/ru/verify/{row.number}/{row.issued_on}")).text
    for note in ("не имеет номера в реестре", "не подтверждён советом"):
        assert (note in printed_text) == (note in notes)
    assert ("квалификация не внесена в реестр" in page) == (number is None)
    assert ("советом не подтверждён" in page) == (not confirmed)
