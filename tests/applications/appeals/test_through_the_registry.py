"""From an appeal to the registry's receipt: both services, whose events reach each other."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.applications.appeals.rules import (
    REOPENING_COMMANDS,
    AppealGround,
    AppealOutcome,
    Remedy,
)
from services.applications.application.status import Status
from services.certificates import handlers, main
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Record
from tests.applications import people
from tests.applications.appeals.hearings import build_verdict, hear_appeal, run_appeal_step
from tests.applications.appeals.test_remedies import list_verdicts
from tests.certificates.conftest import certificates_settings
from tests.clock import ManualClock
from tests.databases import Databases
from tests.records import encode_headers
from tests.serving import serving

STANDING = """
    SELECT subject, number FROM (
        SELECT application_id, 'certificate' AS subject, number FROM certificate
        WHERE NOT EXISTS (SELECT FROM certificate_change
                          WHERE certificate_id = certificate.id AND kind = 'annulled')
        UNION ALL SELECT application_id, 'statement', number FROM statement
        WHERE revoked_on IS NULL
    ) AS standing
    WHERE application_id = COALESCE(CAST(:application_id AS uuid), application_id)
"""
SUBJECTS = {"certify": "certificate", "refuse": "statement"}


@dataclass
class Wire:
    """What one service publishes, carried to another's consumer."""

    source: Database
    target: Consumer
    last_id: int = 0

    async def carry(self) -> int:
        """Carries what is new; how many records."""
        rows = await people.fetch_rows(
            self.source,
            "SELECT * FROM outbox WHERE id > :last_id ORDER BY id",
            last_id=self.last_id,
        )
        for row in rows:
            headers = encode_headers(row.headers)
            record = Record(row.topic, 0, row.id, row.key.encode(), headers, row.payload)
            await self.target.handle_record(record)
            self.last_id = row.id
        return len(rows)


@dataclass
class Registry:
    """The certificates service, its wires to and from applications, and the registry itself."""

    client: httpx.AsyncClient
    database: Database
    settings: CertificatesSettings
    clock: ManualClock
    wires: Sequence[Wire]
    position: int = 0

    async def settle(self) -> None:
        """Carries events until nobody publishes any more."""
        while sum([await wire.carry() for wire in self.wires]):
            pass

    async def acknowledge(self) -> list[tuple[str, str]]:
        """Takes in what is new in the feed and sends its receipts; the subjects and events."""
        await feed.sequence_entries(self.database, self.clock, self.settings)
        page = await self.client.get("/v1/registry/feed", params={"after": str(self.position)})
        entries = page.json()["items"]
        receipts = [
            {
                "position": entry["position"],
                "outcome": "entered",
                "record_number": f"Р-{entry['position']}",
                "entered_on": self.clock.now().date().isoformat(),
            }
            for entry in entries
        ]
        if receipts:
            answer = await self.client.post("/v1/registry/receipts", json=receipts)
            assert {item["outcome"] for item in answer.json()["items"]} == {"done"}
            self.position = entries[-1]["position"]
        await self.settle()
        return [(entry["subject"], entry["event"]) for entry in entries]

    async def list_standing(self, application_id: str | None = None) -> list[tuple[str, str]]:
        """The documents that stand, of an application or of all, by subject and number."""
        rows = await people.fetch_rows(self.database, STANDING, application_id=application_id)
        return [tuple(row) for row in rows]

    async def assert_nothing_dead(self) -> None:
        """No event was refused on either side."""
        for wire in self.wires:
            for database in (wire.source, self.database):
                assert await people.fetch_rows(database, "SELECT * FROM dead_letter") == []


@pytest.fixture
async def registry(
    databases: Databases, database: Database, consumer: Consumer, clock: ManualClock
) -> AsyncIterator[Registry]:
    """The other service beside applications."""
    async with databases.fresh(certificates_settings) as settings:
        own_database = Database.connect(settings)
        async with serving(main.create(settings, clock)) as client:
            own_handlers = handlers.event_handlers(settings)
            wires = [
                Wire(database, Consumer(own_database, settings, own_handlers, clock)),
                Wire(own_database, consumer),
            ]
            yield Registry(client, own_database, settings, clock, wires)
        await own_database.close()


async def decide_first(
    client: httpx.AsyncClient, registry: Registry, outcome: str, *, is_closed: bool
) -> str:
    """An application on which the council has decided; its candidate passed all the same."""
    application_id = await people.send_to_council(client)
    body = people.decision(outcome=outcome)
    status = "approved" if outcome == "certify" else "not_confirmed"
    await people.run_step(client, application_id, "decide", status, **body)
    await registry.settle()
    await registry.acknowledge()
    if is_closed:
        delivery = {"handed_over_on": "2026-03-02", "handover_method": "post"}
        await people.run_step(client, application_id, "hand-over", "closed", **delivery)
    return application_id


@dataclass(frozen=True)
class Course:
    """A cell of the table of appeals: the commission's verdict, and the council's decision anew."""

    verdict: dict[str, Any]
    target: Status
    second: str | None = None


def list_courses(ground: AppealGround, status: Status) -> list[Course]:
    """Every verdict on the ground in the status, and both decisions that can follow it."""
    courses = []
    for verdict, target in list_verdicts(ground, status):
        remedy = verdict["remedy"]
        if remedy not in REOPENING_COMMANDS:
            courses.append(Course(verdict, target))
        elif verdict["outcome"] == AppealOutcome.SATISFIED:
            courses.append(Course(verdict, target, "certify"))
        else:  # one satisfied in part opens the case as well
            courses.append(Course(verdict, target, "refuse"))
    return courses


FIRST_DECISIONS = {
    Status.APPROVED: ["certify"],
    Status.CERTIFIED: ["certify"],
    Status.NOT_CONFIRMED: ["refuse"],
    Status.CLOSED: ["certify", "refuse"],
}
"""What the council decided at first, where an application has come to a status."""
GROUNDS = [ground for ground in AppealGround if ground is not AppealGround.ACCEPTANCE_REFUSED]
"""On which an appeal is possible once the council has decided."""


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    ("status", "first"),
    [(status, first) for status, decisions in FIRST_DECISIONS.items() for first in decisions],
    ids=str,
)
async def test_every_cell_of_the_table_ends_with_one_document_in_the_registry(
    client: httpx.AsyncClient,
    registry: Registry,
    clock: ManualClock,
    ground: AppealGround,
    status: Status,
    first: str,
) -> None:
    start = clock.now()
    for course in list_courses(ground, status):
        clock.instant = start
        application_id = await come_to_status(client, registry, status, first)
        appeal_path = await hear_appeal(client, clock, application_id, ground=ground)
        appeal = await run_appeal_step(
            client, appeal_path, "decide", **build_verdict(**course.verdict)
        )
        assert (appeal["status"], appeal["outcome"]) == ("decided", course.verdict["outcome"])
        await registry.settle()
        await registry.acknowledge()
        (first_document,) = await registry.list_standing(application_id)
        assert first_document[0] == SUBJECTS[first], "the appeal by itself ends nothing"
        if course.second is not None:
            remedy = Remedy(course.verdict["remedy"])
            await decide_again(client, clock, application_id, course.second, remedy)
            await registry.settle()
            assert await registry.acknowledge() == ENTRIES[first, course.second]
        (document,) = await registry.list_standing(application_id)
        assert document[0] == SUBJECTS[course.second or first]
        application = (await client.get(f"/v1/applications/{application_id}")).json()
        assert application["status"] == expect_status(course), course
        assert application["delivery"]["registry_record"] is not None
        assert_document_is_shown(application, document)
    await registry.assert_nothing_dead()


async def come_to_status(
    client: httpx.AsyncClient, registry: Registry, status: Status, first: str
) -> str:
    """An application in the status; of an approved one nobody else has heard yet."""
    if status is not Status.APPROVED:
        return await decide_first(client, registry, first, is_closed=status is Status.CLOSED)
    application_id = await people.send_to_council(client)
    await people.run_step(client, application_id, "decide", "approved", **people.decision())
    return application_id


def expect_status(course: Course) -> Status:
    """Where the application stands in the end; an approved one has got its certificate."""
    if course.second is not None:
        return Status.CERTIFIED if course.second == "certify" else Status.NOT_CONFIRMED
    return Status.CERTIFIED if course.target is Status.APPROVED else course.target


async def decide_again(
    client: httpx.AsyncClient, clock: ManualClock, application_id: str, outcome: str, remedy: Remedy
) -> None:
    """The council's decision after a satisfied appeal, thirteen days later."""
    if remedy is Remedy.EXAMINE_ANEW:
        body = people.appointment(starts_at="2026-03-13T15:00:00+03:00", agreed_on="2026-03-13")
        await people.run_step(client, application_id, "schedule", "scheduled", **body)
        clock.advance(hours=6)
        part = people.part(held_on="2026-03-13")
        protocol = people.protocol(theory=part, practice=part, protocol_number="П-18")
        await people.run_step(client, application_id, "record-examination", "examined", **protocol)
        await people.run_step(
            client, application_id, "send-to-council", "with_council", sent_on="2026-03-13"
        )
    body = people.decision(outcome=outcome, decided_on="2026-03-13", protocol_number="СПК-9")
    status = "approved" if outcome == "certify" else "not_confirmed"
    await people.run_step(client, application_id, "decide", status, **body)


ENTRIES = {
    ("certify", "certify"): [],
    ("certify", "refuse"): [("certificate", "annulled"), ("statement", "issued")],
    ("refuse", "certify"): [("statement", "revoked"), ("certificate", "issued")],
    ("refuse", "refuse"): [("statement", "revoked"), ("statement", "issued")],
}
"""What the registry reads of a second decision after a first one."""
KEPT_UNTIL = {
    ("certify", "certify"): "2032-03-02",
    ("certify", "refuse"): "2027-03-13",
    ("refuse", "certify"): "2032-03-13",
    ("refuse", "refuse"): "2027-03-13",
}
"""How long the file is kept: the certificate's term and three years, or a year."""


@pytest.mark.parametrize(
    ("remedy", "is_closed"), [(Remedy.DECIDE_ANEW, False), (Remedy.EXAMINE_ANEW, True)], ids=str
)
@pytest.mark.parametrize(("first", "second"), list(ENTRIES), ids=str)
async def test_one_truth_stands_after_an_appeal(
    client: httpx.AsyncClient,
    registry: Registry,
    clock: ManualClock,
    first: str,
    second: str,
    remedy: Remedy,
    *,
    is_closed: bool,
) -> None:
    application_id = await decide_first(client, registry, first, is_closed=is_closed)
    path = f"/v1/applications/{application_id}"
    (first_document,) = await registry.list_standing()
    appeal_path = await hear_appeal(client, clock, application_id)
    await run_appeal_step(client, appeal_path, "decide", **build_verdict(remedy=remedy))
    assert await registry.list_standing() == [first_document]
    await decide_again(client, clock, application_id, second, remedy)
    await registry.settle()
    assert await registry.acknowledge() == ENTRIES[first, second]

    (document,) = await registry.list_standing()
    assert document[0] == SUBJECTS[second]
    assert (document == first_document) is (first == second == "certify")
    application = (await client.get(path)).json()
    assert application["status"] == {"certify": "certified", "refuse": "not_confirmed"}[second]
    assert application["decision"]["protocol_number"] == "СПК-9"
    assert application["delivery"]["handed_over_on"] is None
    assert application["delivery"]["registry_record"] is not None
    assert_document_is_shown(application, document)
    (limit,) = [
        limit
        for limit in application["limits"]
        if (limit["name"], limit["begun_on"]) == ("registry_entry", "2026-03-13")
    ]
    assert limit["state"] == "met"
    statement = await client.get(f"{path}/statement")
    assert statement.status_code == (200 if second == "refuse" else 404)
    if second == "refuse":
        assert statement.json()["number"] == document[1]
        assert statement.json()["version"] == (2 if first == "refuse" else 1)
    delivery = {"handed_over_on": "2026-03-13", "handover_method": "post"}
    closed_application = await people.run_step(
        client, application_id, "hand-over", "closed", **delivery
    )
    assert closed_application["delivery"]["handed_over_on"] == "2026-03-13"
    assert closed_application["kept_until"] == KEPT_UNTIL[first, second]
    await registry.assert_nothing_dead()


def assert_document_is_shown(application: dict[str, Any], document: tuple[str, str]) -> None:
    """The application's file shows the document that stands, and no other as standing."""
    certificate = application["certificate"]
    if document[0] == "certificate":
        assert (certificate["number"], certificate["final_kind"]) == (document[1], None)
    else:
        assert application["decision"]["statement_number"] == document[1]
        assert certificate is None or certificate["final_kind"] == "annulled"


@pytest.mark.parametrize("second", ["certify", "refuse"])
async def test_a_certificate_that_comes_after_the_appeal_is_kept_and_takes_no_step(
    client: httpx.AsyncClient, registry: Registry, clock: ManualClock, second: str
) -> None:
    application_id = await people.send_to_council(client)
    path = f"/v1/applications/{application_id}"
    await people.run_step(client, application_id, "decide", "approved", **people.decision())
    appeal_path = await hear_appeal(client, clock, application_id)
    verdict = build_verdict(remedy="decide_anew")
    await run_appeal_step(client, appeal_path, "decide", **verdict)
    await registry.settle()
    application = (await client.get(path)).json()
    assert application["status"] == "with_council"
    assert application["certificate"]["final_kind"] is None
    await decide_again(client, clock, application_id, second, Remedy.DECIDE_ANEW)
    await registry.settle()
    await registry.acknowledge()
    application = (await client.get(path)).json()
    (document,) = await registry.list_standing()
    assert document[0] == SUBJECTS[second]
    assert application["delivery"]["registry_record"] is not None
    assert_document_is_shown(application, document)
    await registry.assert_nothing_dead()


async def test_who_goes_away_after_an_appeal_keeps_what_stands(
    client: httpx.AsyncClient, registry: Registry, clock: ManualClock
) -> None:
    application_id = await decide_first(client, registry, "certify", is_closed=True)
    kept_until = (await client.get(f"/v1/applications/{application_id}")).json()["kept_until"]
    appeal_path = await hear_appeal(client, clock, application_id)
    await run_appeal_step(client, appeal_path, "decide", **build_verdict())
    withdrawn = await people.run_step(client, application_id, "withdraw", "withdrawn")
    assert withdrawn["kept_until"] == kept_until
    consent = await client.post(f"/v1/applications/{application_id}/withdraw-consent")
    assert consent.status_code == 200, consent.text
    assert consent.json()["kept_until"] == kept_until
    (document,) = await registry.list_standing()
    assert document[0] == "certificate"
