"""Copies of the feed: snapshots, comparison, manifests."""

import csv
import hashlib
import io
import json
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from services.certificates.registry import feed, manifest, reconcile, snapshot
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivered
from tests.certificates.registry_copy import Copy
from tests.clock import ManualClock
from tests.problems import assert_problem


async def test_the_snapshot_is_complete_and_the_feed_goes_on_from_it(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    three: list[UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(snapshot, "LINES_AT_ONCE", 2)
    lines = (await client.get("/v1/registry/records.ndjson")).text.splitlines()
    *told, end = lines
    reader = Copy()
    await reader.read_all(client)
    assert set(told) == set(reader.records.values())
    assert json.loads(end) == {
        "end": True,
        "count": 3,
        "position": 3,
        "chain": reader.chain_hash.hex(),
    }
    await consumer.handle_record(delivered(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
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
    monkeypatch.setattr(reconcile, "CHUNK_RECORDS", 2)
    reader = Copy()
    await reader.read_all(client)
    same = [_line(identity, content) for identity, content in reader.records.items()]
    clean = (await _reconcile(client, same)).json()
    assert clean == {"position": 3, "record_count": 3, "has_more": False, "differences": []}
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
    few = (await _reconcile(client, bad, limit="2")).json()
    assert (len(few["differences"]), few["has_more"]) == (2, True)
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
    assert await manifest.seal_days(database, clock, settings) == 0, "the day is not over"
    clock.instant = clock.instant.replace(hour=21)  # midnight in Moscow
    assert await manifest.seal_days(database, clock, settings) == 1
    clock.advance(days=1)
    await consumer.handle_record(delivered(approval(level=4), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    clock.advance(days=1)
    assert await manifest.seal_days(database, clock, settings) == 2
    assert await manifest.seal_days(database, clock, settings) == 0
    found = (await client.get("/v1/registry/manifests")).json()
    keys = KeySet.import_key_set((await client.get("/v1/jwks.json")).json())
    reader = Copy()
    await reader.read(client, 3)
    previous = None
    for each, day, span in zip(
        found, ("2026-03-02", "2026-03-03", "2026-03-04"), ((1, 3), (4, 3), (4, 4)), strict=True
    ):
        signed = json.loads(jws.deserialize_compact(each["jws"], keys).payload)
        assert signed["manifest"] == each["content"]
        assert each["content"]["day"] == day
        assert (each["content"]["first"], each["content"]["last"]) == span
        assert each["content"]["count"] == span[1] - span[0] + 1
        assert each["content"]["previous"] == previous
        previous = hashlib.sha256(each["jws"].encode()).hexdigest()
    assert found[0]["content"]["chain"] == found[1]["content"]["chain"] == reader.chain_hash.hex()
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
    await manifest.seal_days(database, clock, settings)
    clock.advance(days=-1)  # another machine's clock is behind
    await consumer.handle_record(delivered(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    clock.advance(days=2)
    assert await manifest.seal_days(database, clock, settings) == 1
    found = (await client.get("/v1/registry/manifests")).json()
    assert [each["content"]["count"] for each in found] == [3, 1]
