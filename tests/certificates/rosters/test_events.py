"""What a portal is told of an enrolled certificate: each change once, by a dense sequence."""

from uuid import UUID

import httpx
import pytest

from services.certificates.rosters.sequencer import RosterSequencer
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import NUMBER, QUESTION, approval, delivery, rows
from tests.certificates.rosters.portal import enrol, kinds, portal, read_events, subscribe
from tests.clock import ManualClock

pytestmark = pytest.mark.usefixtures("issued_certificate")
AGENCY = tokens.bearer(Scope.AMEND)
ANNULMENT = {"reason": "Выдано по ошибке центра", "basis": "решение 17"}


async def find_certificate(database: Database, number: str = NUMBER) -> UUID:
    query = "SELECT id FROM certificate WHERE number = :number"
    (row,) = await rows(database, query, number=number)
    identifier: UUID = row.id
    return identifier


async def annul(client: httpx.AsyncClient, certificate_id: UUID) -> None:
    path = f"/v1/certificates/{certificate_id}/annul"
    answer = await client.post(path, json=ANNULMENT, headers=AGENCY)
    assert answer.is_success, answer.text


async def test_a_change_is_told_once_with_the_status_and_no_name(
    client: httpx.AsyncClient, database: Database, sequencer: RosterSequencer
) -> None:
    path = await subscribe(client)
    answer = await enrol(client, path, QUESTION)
    assert answer["status"]["verdict"] == "valid"
    await annul(client, await find_certificate(database))
    assert await sequencer.run_round() == 1
    assert await sequencer.run_round() == 0
    (event,) = await read_events(client, path)
    assert event["data"] == {
        "number": NUMBER,
        "issued_on": "2026-03-02",
        "valid_until": "2029-03-02",
        "ends_on": "2029-03-02",
        "verdict": "annulled",
        "valid": False,
        "effective_on": "2026-03-02",
    }
    assert event["id"] == f"evt_{path.rpartition('/')[2]}_1"
    assert event["type"] == "attesta.roster.annulled.v1"
    assert event["sequence"] == "0000000001"
    assert event["source"] == path
    assert event["time"] == "2026-03-02T09:00:00Z"
    assert await rows(database, "SELECT 1 FROM pending_change") == []


async def test_notices_are_told_as_they_are_published(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    path = await subscribe(client, until="2029-03-01")
    await enrol(client, path, QUESTION)
    for instant in ("2028-12-02T09:00:00+00:00", "2029-02-28T09:00:00+00:00"):
        clock.instant = clock.instant.fromisoformat(instant)
        await scan_due_notices(database, clock, settings)
        await sequencer.run_round()
    events = await read_events(client, path)
    assert kinds(events) == ["renewal_due", "renewal_due"]  # one each, however many were overtaken
    assert [event["data"]["verdict"] for event in events] == ["expiring", "expiring"]


async def test_a_renewal_names_both_and_the_roster_follows_to_the_successor(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    path = await subscribe(client, until="2029-03-01")
    await enrol(client, path, QUESTION)
    clock.advance(days=600)
    renewal = approval().model_copy(update={"recertifies": NUMBER})
    await consumer.handle_record(delivery(renewal, clock.now()))
    (successor,) = await rows(
        database, "SELECT id, number FROM certificate WHERE recertifies = :n", n=NUMBER
    )
    await annul(client, successor.id)  # both wait in the queue together
    assert await sequencer.run_round() == 3
    renewed, annulled, restored = await read_events(client, path)
    assert kinds([renewed, annulled, restored]) == ["renewed", "annulled", "restored"]
    assert (renewed["data"]["number"], renewed["data"]["valid"]) == (NUMBER, True)
    assert renewed["data"]["successor"]["number"] == successor.number
    assert annulled["data"]["number"] == successor.number
    assert annulled["data"]["successor"]["number"] == NUMBER, "it stands again"
    assert (restored["data"]["number"], restored["data"]["verdict"]) == (NUMBER, "valid")
    clock.instant = clock.instant.fromisoformat("2028-12-02T09:00:00+00:00")
    await scan_due_notices(database, clock, settings)
    await sequencer.run_round()
    assert kinds(await read_events(client, path))[3:] == ["renewal_due"], "it is watched again"
    *ended, active = await rows(
        database, "SELECT end_reason, ended_at, certificate_id FROM enrolment ORDER BY id"
    )
    assert [row.end_reason for row in ended] == ["renewed", "renewed"]
    assert active.ended_at is None
    assert active.certificate_id == await find_certificate(database)
    (subscription,) = await rows(database, "SELECT enrolled FROM subscription")
    assert subscription.enrolled == 1


async def test_a_roster_that_watches_both_keeps_one(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    path = await subscribe(client)
    await enrol(client, path, QUESTION)
    clock.advance(days=1)
    renewal = approval().model_copy(update={"recertifies": NUMBER})
    await consumer.handle_record(delivery(renewal, clock.now()))
    (successor,) = await rows(
        database, "SELECT number FROM certificate WHERE recertifies = :n", n=NUMBER
    )
    await enrol(client, path, {"number": successor.number, "issued_on": "2026-03-03"})
    await sequencer.run_round()
    assert kinds(await read_events(client, path)) == ["renewed"]
    (subscription,) = await rows(database, "SELECT enrolled FROM subscription")
    assert subscription.enrolled == 1


async def test_each_measure_and_extension_is_told_by_its_name(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    path = await subscribe(client)
    await enrol(client, path, QUESTION)
    extension = {
        "ends_from": "2029-03-01",
        "ends_to": "2029-03-03",
        "extended_by": "P5M",
        "reason": "Постановление о продлении",
        "basis": "ПП 1",
        "count": 1,
    }
    answer = await client.post("/v1/extensions", json=extension, headers=AGENCY)
    assert answer.is_success, answer.text
    await sequencer.run_round()
    (event,) = await read_events(client, path)
    assert kinds([event]) == ["extended"]
    assert event["data"]["ends_on"] == "2029-08-02"


async def test_nobody_is_told_of_what_they_do_not_watch_or_no_longer(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    path, other_path = await subscribe(client), await subscribe(client)
    await enrol(client, path, QUESTION)
    unenrolled = await client.delete(f"{path}/enrolments", params=QUESTION, headers=portal())
    assert unenrolled.status_code == 204
    await annul(client, await find_certificate(database))
    assert await sequencer.run_round() == 1
    assert await read_events(client, path) == []
    assert await read_events(client, other_path) == []


async def test_a_subscription_or_an_enrolment_that_is_over_is_told_nothing(
    client: httpx.AsyncClient, database: Database, clock: ManualClock, sequencer: RosterSequencer
) -> None:
    short = await subscribe(client, until="2026-03-03")
    ended = await subscribe(client)
    lapsed = await subscribe(client)
    for path in (short, ended):
        await enrol(client, path, QUESTION)
    await enrol(client, lapsed, QUESTION | {"until": "2026-03-03"})
    assert (await client.delete(ended, headers=portal())).status_code == 204
    clock.advance(days=2)
    await annul(client, await find_certificate(database))
    await sequencer.run_round()
    for path in (short, ended, lapsed):
        assert await read_events(client, path) == []
