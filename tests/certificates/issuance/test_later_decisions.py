"""Decisions after appeals: of an application one document stands, that of the latest decision."""

import asyncio
import json
from datetime import date
from itertools import product
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import pytest

from services.certificates.handlers import event_handlers
from services.certificates.issuance.statement import erase_names
from services.certificates.registry import feed
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.events.applications import ApplicationApproved, ApplicationNotConfirmed
from shared.events.certificates import CertificateIssued, RegistrationEntered
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, commanding, delivery, failure, rows
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.problems import assert_problem

Outcome = Literal["certify", "refuse"]
Decision = ApplicationApproved | ApplicationNotConfirmed
STANDING = """
    SELECT 'certify' AS outcome, decision_ordinal FROM certificate
    WHERE NOT EXISTS (SELECT FROM certificate_change
                      WHERE certificate_id = certificate.id AND kind = 'annulled')
    UNION ALL SELECT 'refuse', decision_ordinal FROM statement WHERE revoked_on IS NULL
"""


def decide(application_id: UUID, ordinal: int, outcome: Outcome, *, counted: bool) -> Decision:
    """The council's decision with this ordinal, which an older publisher would leave out."""
    changes: dict[str, Any] = {
        "application_id": application_id,
        "decision_protocol": f"С-{ordinal}",
        "decision_ordinal": ordinal if counted else None,
    }
    if outcome == "certify":
        return approval().model_copy(update=changes)
    return failure().model_copy(update={**changes, "statement_number": f"Н-{ordinal}"})


def decide_all(*outcomes: Outcome, counted: bool = True) -> list[Decision]:
    """The decisions on one application, in their order."""
    application_id = uuid4()
    return [
        decide(application_id, ordinal, outcome, counted=counted)
        for ordinal, outcome in enumerate(outcomes, 1)
    ]


async def list_entries(database: Database) -> list[tuple[str, str]]:
    entries = await rows(database, "SELECT subject, event FROM feed_entry ORDER BY id")
    return [(entry.subject, entry.event) for entry in entries]


async def list_issued_events(database: Database) -> list[CertificateIssued]:
    query = "SELECT payload FROM outbox WHERE headers ->> 'ce_type' = :type ORDER BY id"
    events = await rows(database, query, type=CertificateIssued.TYPE)
    return [CertificateIssued.model_validate_json(row.payload) for row in events]


async def assert_nothing_dead(database: Database) -> None:
    assert await rows(database, "SELECT * FROM dead_letter") == []


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "uncounted"])
@pytest.mark.parametrize("outcomes", list(product(("certify", "refuse"), repeat=3)), ids="-".join)
async def test_after_each_decision_its_document_stands_alone(
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    outcomes: tuple[Outcome, ...],
    *,
    counted: bool,
) -> None:
    decisions = decide_all(*outcomes, counted=counted)
    for decision, outcome in zip(decisions, outcomes, strict=True):
        for _ in range(2):  # in another envelope, as after a publisher's restore
            await consumer.handle_record(delivery(decision, clock.now()))
        (standing,) = await rows(database, STANDING)
        assert standing.outcome == outcome
    for decision in decisions:
        await consumer.handle_record(delivery(decision, clock.now()))
    if counted:  # those that took effect long ago are known by their ordinals
        (standing,) = await rows(database, STANDING)
        assert (standing.outcome, standing.decision_ordinal) == (outcomes[-1], 3)
    await assert_nothing_dead(database)


@pytest.mark.parametrize("outcomes", list(product(("certify", "refuse"), repeat=3)), ids="-".join)
async def test_decisions_that_come_in_one_batch_take_effect_in_their_order(
    consumer: Consumer, database: Database, clock: ManualClock, outcomes: tuple[Outcome, ...]
) -> None:
    records = [delivery(decision, clock.now()) for decision in decide_all(*outcomes)]
    await consumer.handle_records(records)
    (standing,) = await rows(database, STANDING)
    assert (standing.outcome, standing.decision_ordinal) == (outcomes[-1], 3)
    await assert_nothing_dead(database)


@pytest.mark.parametrize("numbers", ["own", "registry"])
@pytest.mark.parametrize("later", ["certify", "refuse"])
async def test_a_refusal_that_comes_after_a_later_decision_gives_nothing_any_more(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    later: Outcome,
    numbers: str,
) -> None:
    settings = settings.model_copy(update={"numbers": numbers})
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    earlier_decision, later_decision = decide_all("refuse", later)
    await consumer.handle_record(delivery(later_decision, clock.now()))
    queries = (STANDING, "SELECT * FROM number_request", "SELECT subject, event FROM feed_entry")
    before = [await rows(database, query) for query in queries]
    assert any(before)
    await consumer.handle_record(delivery(earlier_decision, clock.now()))
    assert [await rows(database, query) for query in queries] == before
    await assert_nothing_dead(database)


async def test_a_second_approval_finds_the_certificate_and_says_so(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    for decision in decide_all("certify", "certify"):
        await consumer.handle_record(delivery(decision, clock.now()))
    first, second = await list_issued_events(database)
    assert second == first.model_copy(update={"decision_ordinal": 2})
    assert await list_entries(database) == [("certificate", "issued")]


async def test_a_refusal_annuls_the_certificate_by_its_decision(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    for decision in decide_all("certify", "refuse"):
        await consumer.handle_record(delivery(decision, clock.now()))
    (certificate,) = await rows(database, "SELECT * FROM certificate")
    (change,) = await rows(database, "SELECT * FROM certificate_change")
    assert (change.kind, change.effective_on) == ("annulled", certificate.issued_on)
    assert change.basis == "Протокол совета № С-2 от 01.03.2026"
    question = {"number": certificate.number, "issued_on": str(certificate.issued_on)}
    verdict = (await client.get("/v1/verification", params=question)).json()
    assert verdict["verdict"] == "annulled"
    assert await list_entries(database) == [
        ("certificate", "issued"),
        ("certificate", "annulled"),
        ("statement", "issued"),
    ]


async def test_what_was_annulled_is_not_revived_by_an_approval(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    for decision in decide_all("certify", "refuse", "certify"):
        await consumer.handle_record(delivery(decision, clock.now()))
    first, second = await list_issued_events(database)
    assert (first.decision_ordinal, second.decision_ordinal) == (1, 3)
    assert first.number != second.number
    assert (await list_entries(database))[-2:] == [
        ("statement", "revoked"),
        ("certificate", "issued"),
    ]


async def test_a_statement_gets_a_version_and_receipts_belong_to_it(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    decisions = decide_all("refuse", "refuse")
    for decision in decisions:
        await consumer.handle_record(delivery(decision, clock.now()))
    path = f"/v1/statements/{decisions[0].application_id}"
    latest = (await client.get(path)).json()
    assert (latest["version"], latest["number"], latest["revoked_on"]) == (2, "Н-2", None)
    earlier = (await client.get(path, params={"version": "1"})).json()
    assert (earlier["number"], earlier["revoked_on"]) == ("Н-1", "2026-03-02")
    assert earlier["revocation_basis"] == "Протокол совета № С-2 от 01.03.2026"
    unprinted = await client.get(f"{path}/document.pdf", params={"version": "1"})
    assert_problem(unprinted, 404, "statement.revoked")
    assert (await client.get(f"{path}/document.pdf")).status_code == 200
    assert_problem(await client.get(path, params={"version": "3"}), 404, "statement.unknown")

    await feed.sequence_entries(database, clock, settings)
    entries = (await client.get("/v1/registry/feed")).json()["items"]
    records = [json.loads(entry["content"]) for entry in entries]
    assert [(record["event"], record["version"]) for record in records] == [
        *(("issued", 1), ("revoked", 1), ("issued", 2)),
    ]
    assert [record["revoked_on"] for record in records] == [None, "2026-03-02", None]
    receipts = [
        {
            "position": entry["position"],
            "outcome": "entered",
            "record_number": f"Р-{entry['position']}",
            "entered_on": "2026-03-02",
        }
        for entry in entries
    ]
    outcomes = (await client.post("/v1/registry/receipts", json=receipts)).json()["items"]
    assert {item["outcome"] for item in outcomes} == {"done"}
    query = "SELECT payload FROM outbox WHERE headers ->> 'ce_type' = :type ORDER BY id"
    events = await rows(database, query, type=RegistrationEntered.TYPE)
    receipts_of = [RegistrationEntered.model_validate_json(row.payload) for row in events]
    assert [(x.event, x.version, x.record_number) for x in receipts_of] == [
        *(("issued", 1, "Р-1"), ("revoked", 1, "Р-2"), ("issued", 2, "Р-3")),
    ]


async def test_all_versions_of_a_statement_are_kept_and_erased_together(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    first, second = decide_all("refuse", "refuse")
    await consumer.handle_record(delivery(first, clock.now()))
    clock.advance(days=300)
    await consumer.handle_record(delivery(second, clock.now()))
    clock.advance(days=100)
    assert await Duties(database, clock, settings).erase_statement_names() == 0
    clock.advance(days=266)
    assert await Duties(database, clock, settings).erase_statement_names() == 2
    # Contents go when the entry that says so has its position.
    await feed.sequence_entries(database, clock, settings)
    stored = await rows(
        database, "SELECT content FROM feed_entry UNION SELECT holder::text FROM statement"
    )
    assert not any("Белова" in (row[0] or "") for row in stored)
    statement = (await client.get(f"/v1/statements/{first.application_id}")).json()
    assert (statement["version"], statement["holder"]) == (2, None)


async def test_a_revocation_during_the_erasure_tells_no_names_again(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    first, second = decide_all("refuse", "refuse")
    await consumer.handle_record(delivery(first, clock.now()))
    clock.advance(days=400)
    async with database.transaction() as session:
        assert await erase_names(commanding(session, clock, settings)) == 1
        revoking = asyncio.ensure_future(
            consumer.handle_record(delivery(second, clock.now())),
        )
        await eventually(lambda: is_any_waiting(database), "the revocation waits for the erasure")
    await revoking
    await feed.sequence_entries(database, clock, settings)
    entries = await rows(database, "SELECT event, content FROM feed_entry ORDER BY position")
    assert [entry.event for entry in entries] == ["issued", "erased", "revoked", "issued"]
    assert entries[0].content is None
    assert [json.loads(entry.content)["holder"] for entry in entries[1:3]] == [None, None]
    await assert_nothing_dead(database)


async def is_any_waiting(database: Database) -> bool:
    """Whether somebody waits for a row that another transaction has locked."""
    query = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype <> 'advisory'"
    return bool(await rows(database, query))


async def test_one_decision_at_once_is_one_document(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    first, second = decide_all("certify", "refuse")
    consumers = [Consumer(database, settings, event_handlers(settings), clock) for _ in range(4)]
    await consumers[0].handle_record(delivery(first, clock.now()))
    record = delivery(second, clock.now())
    async with asyncio.TaskGroup() as group:
        for consumer in consumers:
            group.create_task(consumer.handle_record(record))
    assert len(await rows(database, "SELECT 1 FROM certificate_change")) == 1
    (standing,) = await rows(database, STANDING)
    assert standing.outcome == "refuse"
    await assert_nothing_dead(database)


@pytest.mark.parametrize("is_assigned", [True, False], ids=["assigned", "waiting"])
async def test_the_registry_numbers_only_what_stands(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    *,
    is_assigned: bool,
) -> None:
    settings = settings.model_copy(update={"numbers": "registry"})
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    certify, refuse, certify_again = decide_all("certify", "refuse", "certify")
    application_id = str(certify.application_id)

    async def assign_number(number: str) -> str:
        body = [{"application_id": application_id, "number": number}]
        answer = await client.post("/v1/registry/numbers", json=body)
        outcome: str = answer.json()["items"][0]["outcome"]
        return outcome

    await consumer.handle_record(delivery(certify, clock.now()))
    if is_assigned:
        assert await assign_number("07.01000.00.00000077.29") == "done"
    await consumer.handle_record(delivery(refuse, clock.now()))
    assert await assign_number("07.01000.00.00000077.29") == "refused"
    (standing,) = await rows(database, STANDING)
    assert standing.outcome == "refuse"
    await consumer.handle_record(delivery(certify, clock.now()))  # known, and over
    await consumer.handle_record(delivery(certify_again, clock.now()))
    assert await assign_number("07.01000.00.00000078.29") == "done"
    (standing,) = await rows(database, STANDING)
    assert (standing.outcome, standing.decision_ordinal) == ("certify", 3)
    (certificate, *_) = await rows(database, "SELECT * FROM certificate ORDER BY number DESC")
    assert certificate.issued_on == date(2026, 3, 2)
    await assert_nothing_dead(database)
