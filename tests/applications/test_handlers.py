"""Events in: taken once, in any order, and never lost."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.db import Database
from shared.events.certificates import (
    CertificateDuplicated,
    CertificateIssued,
    RegistrationEntered,
)
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Record
from tests.applications import people
from tests.applications.people import send_step
from tests.clock import ManualClock

DEAD = "SELECT * FROM dead_letter WHERE settled_at IS NULL ORDER BY id"


def build_issued_event(application_id: str, **changes: Any) -> CertificateIssued:
    return CertificateIssued(
        **{
            "certificate_id": uuid4(),
            "number": "07.01000.01.00000001.29",
            "application_id": UUID(application_id),
            "qualification_id": people.OPERATOR,
            "qualification_version": 1,
            "valid_until": date(2029, 3, 2),
            "ends_on": date(2029, 3, 2),
            "issued_on": date(2026, 3, 2),
            **changes,
        }
    )


async def approve_application(client: httpx.AsyncClient) -> str:
    application_id = await people.send_to_council(client)
    assert (
        await send_step(client, application_id, "decide", **people.decision())
    ).status_code == 200
    return application_id


def repeat_record(delivery: Record, event: CertificateIssued, now: datetime) -> Record:
    """The same fact in another envelope, as after a publisher's restore."""
    return replace(people.build_record(event, now), offset=delivery.offset + 1)


async def test_a_published_version_is_kept_once(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    event = people.build_published_event()
    delivery = people.build_record(event, clock.now())
    await consumer.handle_record(delivery)
    await consumer.handle_record(replace(delivery, offset=7))
    await consumer.handle_record(people.build_record(event, clock.now()))
    (row,) = await people.fetch_rows(database, "SELECT * FROM qualification_version")
    assert (row.id, row.version) == (people.OPERATOR, 1)
    assert row.payload == event.model_dump(mode="json")
    assert await people.fetch_rows(database, DEAD) == []


async def test_a_certificate_is_entered_once(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await approve_application(client)
    event = build_issued_event(application_id)
    delivery = people.build_record(event, clock.now())
    await consumer.handle_record(delivery)
    await consumer.handle_record(replace(delivery, offset=7))
    await consumer.handle_record(repeat_record(delivery, event, clock.now()))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (application["status"], application["acts_next"]) == ("certified", "centre")
    assert application["certificate"] == {
        "certificate_id": str(event.certificate_id),
        "number": event.number,
        "issued_on": "2026-03-02",
        "valid_until": "2029-03-02",
        "ends_on": "2029-03-02",
        "final_kind": None,
    }
    steps = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    assert [step["command"] for step in steps].count("record_certificate") == 1
    assert await people.fetch_rows(database, DEAD) == []


async def test_a_second_certificate_is_a_dead_letter(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await approve_application(client)
    first = build_issued_event(application_id)
    await consumer.handle_record(people.build_record(first, clock.now()))
    await consumer.handle_record(
        people.build_record(build_issued_event(application_id), clock.now())
    )
    (letter,) = await people.fetch_rows(database, DEAD)
    assert letter.reason == "certificate.second"
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert application["certificate"]["certificate_id"] == str(first.certificate_id)


async def test_the_registrys_answer_meets_the_limit_of_its_entry(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await approve_application(client)
    certificate = build_issued_event(application_id)
    await consumer.handle_record(people.build_record(certificate, clock.now()))
    registration = RegistrationEntered(
        application_id=UUID(application_id),
        subject_id=certificate.certificate_id,
        subject="certificate",
        event="issued",
        position=7,
        record_number="Р-7",
        entered_on=date(2026, 3, 2),
    )
    later = registration.model_copy(update={"event": "extended", "record_number": "Р-9"})
    for event in (registration, registration, later):
        await consumer.handle_record(people.build_record(event, clock.now()))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    (limit,) = [row for row in application["limits"] if row["name"] == "registry_entry"]
    assert limit["state"] == "met"
    assert application["delivery"]["registry_record"] == "Р-7"
    assert await people.fetch_rows(database, DEAD) == []


async def test_the_registrys_word_takes_the_place_of_what_was_typed(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    typed_entry = {"record_number": "Р-70", "entered_on": "2026-03-02"}
    answer = await send_step(client, application_id, "record-registry-entry", **typed_entry)
    assert answer.status_code == 200, answer.text
    registration = RegistrationEntered(
        application_id=UUID(application_id),
        subject_id=UUID(application_id),
        subject="statement",
        event="issued",
        position=7,
        record_number="Р-7",
        entered_on=date(2026, 3, 2),
    )
    for _ in range(2):
        await consumer.handle_record(people.build_record(registration, clock.now()))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert application["delivery"]["registry_record"] == "Р-7"
    history = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    entries = [line for line in history if line["command"] == "enter_in_registry"]
    assert [line["facts"]["registry_record"] for line in entries] == ["Р-70", "Р-7"]
    assert await people.fetch_rows(database, DEAD) == []


async def test_a_certificate_that_cannot_be_is_a_dead_letter_and_changes_nothing(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await people.admit_applicant(client)
    before = (await client.get(f"/v1/applications/{application_id}")).json()
    for event in (build_issued_event(application_id), build_issued_event(str(uuid4()))):
        await consumer.handle_record(people.build_record(event, clock.now()))
    letters = await people.fetch_rows(database, DEAD)
    assert [letter.reason for letter in letters] == ["lifecycle.transition", "application.unknown"]
    assert (await client.get(f"/v1/applications/{application_id}")).json() == before


async def test_an_early_certificate_is_replayed_once_the_council_has_decided(
    client: httpx.AsyncClient, consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    application_id = await people.send_to_council(client)
    await consumer.handle_record(
        people.build_record(build_issued_event(application_id), clock.now())
    )
    (letter,) = await people.fetch_rows(database, DEAD)
    await send_step(client, application_id, "decide", **people.decision())
    replayed = await client.post(f"/ops/dead-letters/{letter.id}/replay")
    assert replayed.json() == {"handled_count": 1, "failure": None}
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert application["status"] == "certified"


async def test_other_events_of_certificates_are_left_alone(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    common = build_issued_event(str(uuid4())).model_dump()
    event = CertificateDuplicated(**{**common, "issued_on": date(2028, 12, 1)}, ground="loss")
    await consumer.handle_record(people.build_record(event, clock.now()))
    assert await people.fetch_rows(database, DEAD) == []
    assert await people.fetch_rows(database, "SELECT * FROM inbox") == []
