"""What the registry says and compares: numbers, receipts, manifests, snapshots, reconciliation."""

import asyncio
import csv
import hashlib
import io
import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import text

from services.certificates.handlers import handlers
from services.certificates.main import create
from services.certificates.operations import feed, manifests, reconciling
from services.certificates.routes import feed as routes
from services.certificates.scheduler import erase_statements, tell_registry
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.events.certificates import RegistrationEntered, RegistrationRefused
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivered, failure, rows
from tests.certificates.copies import Copy
from tests.parts import ManualClock, assert_problem, serving

EVENTS = "SELECT payload FROM outbox WHERE topic = 'certificates.registration' ORDER BY id"


@pytest.fixture
async def three(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> list[UUID]:
    """Three certificates in the feed, in its order."""
    for _ in range(3):
        await consumer.handle(delivered(approval(), clock.now()))
    await feed.sequence(database, clock, settings)
    found = await rows(database, "SELECT subject_id FROM feed_entry ORDER BY position")
    return [row.subject_id for row in found]


def entered(position: int, number: str = "Р-1", day: str = "2026-03-02") -> dict[str, Any]:
    return {
        "position": position,
        "outcome": "entered",
        "record_number": number,
        "entered_on": day,
    }


async def _receive(client: httpx.AsyncClient, *told: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post("/v1/registry/receipts", json=list(told))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.usefixtures("three")
async def test_each_receipt_is_answered_on_its_own_and_told(
    client: httpx.AsyncClient, database: Database
) -> None:
    refused = {"position": 2, "outcome": "refused", "reason": "Нет такой квалификации"}
    answers = await _receive(
        client, entered(1), refused, entered(9), entered(3, day="2026-03-09"), entered(1)
    )
    assert [each["outcome"] for each in answers] == [
        *("done", "done", "refused", "refused", "repeated")
    ]
    assert [fault["rule"] for each in answers for fault in each["errors"]] == [
        *("receipt.unknown", "receipt.entered_on")
    ]
    first, second = await rows(database, EVENTS)
    (told,) = await rows(
        database,
        "SELECT c.application_id, c.id FROM certificate c JOIN feed_entry f "
        "ON f.subject_id = c.id WHERE f.position = 1",
    )
    event = RegistrationEntered.model_validate_json(first.payload)
    assert (event.record_number, event.application_id) == ("Р-1", told.application_id)
    assert (event.record, event.subject, event.event) == (told.id, "certificate", "issued")
    assert RegistrationRefused.model_validate_json(second.payload).position == 2


@pytest.mark.usefixtures("three")
async def test_a_refusal_may_be_mended_an_entry_may_not_be_unsaid(
    client: httpx.AsyncClient,
) -> None:
    refused = {"position": 1, "outcome": "refused", "reason": "Нет такой квалификации"}
    answers = await _receive(client, refused, refused, entered(1), refused, entered(1, "Р-2"))
    assert [each["outcome"] for each in answers] == [
        *("done", "repeated", "done", "refused", "refused")
    ]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "told",
    [
        {"position": 1, "outcome": "entered"},
        {"position": 1, "outcome": "refused"},
        {**entered(1), "reason": "Нет"},
        {
            "position": 1,
            "outcome": "refused",
            "reason": "Нет",
            "record_number": "Р-1",
            "entered_on": "2026-03-02",
        },
        {**entered(0)},
        {**entered(1), "outcome": "lost"},
    ],
)
async def test_half_receipts_are_problems(
    client: httpx.AsyncClient, database: Database, told: dict[str, Any]
) -> None:
    answer = await client.post("/v1/registry/receipts", json=[told])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/0")
    assert await rows(database, "SELECT 1 FROM receipt") == []


@pytest.mark.usefixtures("three")
async def test_what_is_not_acknowledged_is_listed_with_its_limit(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    await _receive(client, entered(2), {"position": 3, "outcome": "refused", "reason": "Нет"})
    clock.advance(days=7)
    listed = (await client.get("/v1/registry/unacknowledged")).json()
    assert [(each["position"], each["refused"]) for each in listed] == [(1, None), (3, "Нет")]
    assert {(each["due_on"], each["late"]) for each in listed} == {("2026-03-09", False)}
    clock.advance(days=1)
    after = (await client.get("/v1/registry/unacknowledged", params={"after": "1"})).json()
    assert [(each["position"], each["late"]) for each in after] == [(3, True)]


async def test_the_snapshot_is_complete_and_the_feed_goes_on_from_it(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    three: list[UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routes, "LINES_AT_ONCE", 2)
    lines = (await client.get("/v1/registry/records.ndjson")).text.splitlines()
    *told, end = lines
    reader = Copy()
    await reader.read_all(client)
    assert set(told) == set(reader.records.values())
    assert json.loads(end) == {"end": True, "count": 3, "position": 3, "chain": reader.chain.hex()}
    await consumer.handle(delivered(approval(), clock.now()))
    await feed.sequence(database, clock, settings)
    loaded = Copy(3, bytes.fromhex(json.loads(end)["chain"]))
    assert await loaded.read(client) == 1


async def test_the_table_has_a_row_for_each_record(
    client: httpx.AsyncClient, three: list[UUID]
) -> None:
    answer = await client.get("/v1/registry/records.csv")
    head, *found, end = csv.reader(io.StringIO(answer.text))
    assert {row[head.index("id")] for row in found} == {str(each) for each in three}
    assert {row[head.index("family_name")] for row in found} == {"Белова"}
    assert {row[head.index("valid_until")] for row in found} == {"2029-03-02"}
    assert all(len(row) == len(head) for row in found)
    assert end[:3] == ["end", "3", "3"]


def _line(identity: object, content: str | None = None, digest: str = "00" * 32) -> str:
    if content is not None:
        digest = hashlib.sha256(content.encode()).hexdigest()
    return json.dumps({"id": str(identity), "digest": digest})


async def _reconcile(client: httpx.AsyncClient, lines: list[str], **query: str) -> httpx.Response:
    return await client.post(
        "/v1/registry/reconcile",
        content="\n".join(lines),
        params=query,
        headers={"Content-Type": "application/x-ndjson"},
    )


async def test_reconciliation_names_every_difference(
    client: httpx.AsyncClient, three: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "CHUNK", 2)
    reader = Copy()
    await reader.read_all(client)
    same = [_line(identity, content) for identity, content in reader.records.items()]
    clean = (await _reconcile(client, same)).json()
    assert clean == {"position": 3, "compared": 3, "more": False, "differences": []}
    stranger = uuid4()
    kept = reader.records[str(three[2])]
    bad = [_line(three[1]), _line(three[2], kept), _line(three[2], kept), _line(stranger)]
    found = (await _reconcile(client, bad)).json()["differences"]
    assert [(each["id"], each["difference"]) for each in found] == [
        (str(three[0]), "missing_there"),
        (str(three[1]), "different"),
        (str(three[2]), "doubled_there"),
        (str(stranger), "unknown_here"),
    ]
    assert found[0]["content"] == reader.records[str(three[0])]
    few = (await _reconcile(client, bad, most="2")).json()
    assert (len(few["differences"]), few["more"]) == (2, True)
    earlier = (await _reconcile(client, same[:2], position="2")).json()
    assert earlier["differences"] == []


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        (["{}"], "/0"),
        ([_line(UUID(int=1)), "nothing"], "/1"),
        ([_line(UUID(int=1), digest="xy")], "/0"),
        ([_line("1")], "/0"),
        (["[" * 70_000], "/"),
    ],
)
async def test_a_bad_line_is_named(
    client: httpx.AsyncClient, lines: list[str], pointer: str
) -> None:
    answer = await _reconcile(client, lines)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_later_position_than_ours_is_a_problem(client: httpx.AsyncClient) -> None:
    assert_problem(await _reconcile(client, [], position="1"), 422, "reconcile.position")


async def test_every_day_is_sealed_once_signed_and_chained(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    three: list[UUID],
) -> None:
    assert await manifests.seal(database, clock, settings) == 0, "the day is not over"
    clock.instant = clock.instant.replace(hour=21)  # midnight in Moscow
    assert await manifests.seal(database, clock, settings) == 1
    clock.advance(days=1)
    await consumer.handle(delivered(approval(level=4), clock.now()))
    await feed.sequence(database, clock, settings)
    clock.advance(days=1)
    assert await manifests.seal(database, clock, settings) == 2
    assert await manifests.seal(database, clock, settings) == 0
    found = (await client.get("/v1/registry/manifests")).json()
    keys = KeySet.import_key_set((await client.get("/v1/jwks.json")).json())
    reader = Copy()
    await reader.read(client, 3)
    previous = None
    for each, day, span in zip(
        found, ("2026-03-02", "2026-03-03", "2026-03-04"), ((1, 3), (4, 3), (4, 4)), strict=True
    ):
        signed = json.loads(jws.deserialize_compact(each["signed"], keys).payload)
        assert signed["manifest"] == each["content"]
        assert each["content"]["day"] == day
        assert (each["content"]["first"], each["content"]["last"]) == span
        assert each["content"]["count"] == span[1] - span[0] + 1
        assert each["content"]["previous"] == previous
        previous = hashlib.sha256(each["signed"].encode()).hexdigest()
    assert found[0]["content"]["chain"] == found[1]["content"]["chain"] == reader.chain.hex()
    (total,) = found[0]["content"]["totals"]
    assert (total["subject"], total["event"], total["count"]) == ("certificate", "issued", 3)
    later = (await client.get("/v1/registry/manifests", params={"after": "2026-03-03"})).json()
    assert [each["content"]["day"] for each in later] == ["2026-03-04"]


async def test_no_entry_gets_a_place_in_a_sealed_day(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    three: list[UUID],
) -> None:
    clock.advance(days=1)
    await manifests.seal(database, clock, settings)
    clock.advance(days=-1)  # another machine's clock is behind
    await consumer.handle(delivered(approval(), clock.now()))
    await feed.sequence(database, clock, settings)
    clock.advance(days=2)
    assert await manifests.seal(database, clock, settings) == 1
    found = (await client.get("/v1/registry/manifests")).json()
    assert [each["content"]["count"] for each in found] == [3, 1]


async def test_certificates_older_than_the_feed_are_told(
    database: Database, clock: ManualClock, settings: CertificatesSettings, three: list[UUID]
) -> None:
    async with database.transaction() as session:
        await execute(session, text("DELETE FROM feed_entry WHERE position = 3"))
        await execute(session, text("UPDATE feed_head SET position = 2"))
    both = await asyncio.gather(*(tell_registry(database, clock) for _ in range(2)))
    assert sorted(both) == [0, 1]
    assert await tell_registry(database, clock) == 0
    assert await feed.sequence(database, clock, settings) == 1


async def test_a_statement_is_told_and_its_names_go_when_its_term_is_over(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    event = failure()
    await consumer.handle(delivered(event, clock.now()))
    await consumer.handle(delivered(event, clock.now()))
    await feed.sequence(database, clock, settings)
    told = (await client.get("/v1/registry/feed")).json()["entries"]
    assert [(each["subject"], each["event"]) for each in told] == [("statement", "issued")]
    assert "Белова" in told[0]["content"]
    statement = (await client.get(f"/v1/statements/{event.application_id}")).json()
    assert statement["kept_until"] == "2027-03-02"
    printed = f"/v1/statements/{event.application_id}/document.pdf"
    clock.advance(days=365)
    assert await erase_statements(database, clock, settings) == 0
    assert (await client.get(printed)).status_code == 200
    clock.advance(days=1)
    assert await erase_statements(database, clock, settings) == 1
    assert_problem(await client.get(printed), 404, "statement.erased")
    await feed.sequence(database, clock, settings)
    reader = Copy()
    assert await reader.read(client) == 2
    (record,) = reader.records.values()
    assert json.loads(record)["holder"] is None
    found = await rows(
        database, "SELECT content FROM feed_entry UNION SELECT holder::text FROM statement"
    )
    assert not any("Белова" in (row[0] or "") for row in found)


async def test_the_registry_gives_the_numbers_where_it_does(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    theirs = settings.model_copy(update={"certificates_numbers": "registry"})
    consumer = Consumer(database, theirs, handlers(theirs), clock)
    approvals = [approval() for _ in range(3)]
    for event in [*approvals, approvals[0]]:
        await consumer.handle(delivered(event, clock.now()))
    assert await rows(database, "SELECT 1 FROM certificate") == []
    clock.advance(days=4)
    async with serving(create(theirs, clock)) as client:
        page = (await client.get("/v1/registry/number-requests", params={"limit": "2"})).json()
        rest = (
            await client.get("/v1/registry/number-requests", params={"cursor": page["next"]})
        ).json()
        asked = [*page["items"], *rest["items"]]
        assert [each["application_id"] for each in asked] == [
            str(event.application_id) for event in approvals
        ]
        first, second, third = (each["application_id"] for each in asked)
        given = [
            {"application_id": first, "number": "07.01000.01.00000009.29"},
            {"application_id": second, "number": "07.01000.01.00000009.29"},
            {"application_id": str(uuid4()), "number": "07.01000.01.00000010.29"},
            {"application_id": third, "number": "07.01000.01.00000011.29"},
            {"application_id": third, "number": "07.01000.01.00000011.29"},
            {"application_id": third, "number": "07.01000.01.00000012.29"},
        ]
        answers = (await client.post("/v1/registry/numbers", json=given)).json()
        assert [each["outcome"] for each in answers] == [
            *("done", "refused", "refused", "done", "repeated", "refused")
        ]
        assert [fault["rule"] for each in answers for fault in each["errors"]] == [
            *("number.taken", "number.not_asked", "number.given")
        ]
        left = (await client.get("/v1/registry/number-requests")).json()["items"]
        assert [each["application_id"] for each in left] == [second]
        empty = await client.post("/v1/registry/numbers", json=[])
        assert_problem(empty, 422, "batch.rows")
    found = await rows(database, "SELECT number, issued_on FROM certificate ORDER BY number")
    assert [tuple(row) for row in found] == [
        ("07.01000.01.00000009.29", date(2026, 3, 6)),
        ("07.01000.01.00000011.29", date(2026, 3, 6)),
    ]


async def test_one_number_given_to_two_at_the_same_time_is_one_certificates(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    theirs = settings.model_copy(update={"certificates_numbers": "registry"})
    consumer = Consumer(database, theirs, handlers(theirs), clock)
    async with serving(create(theirs, clock)) as client:
        for serial in range(10):
            approvals = [approval(), approval()]
            for event in approvals:
                await consumer.handle(delivered(event, clock.now()))
            number = f"07.01000.01.{serial:08d}.29"
            given = [
                [{"application_id": str(event.application_id), "number": number}]
                for event in approvals
            ]
            answers = await asyncio.gather(
                *(client.post("/v1/registry/numbers", json=rows) for rows in given)
            )
            assert sorted(answer.json()[0]["outcome"] for answer in answers) == ["done", "refused"]
    assert len(await rows(database, "SELECT 1 FROM certificate")) == 10
