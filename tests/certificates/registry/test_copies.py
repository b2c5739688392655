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
from tests.certificates.approvals import approval, delivery
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
    *contents, end = lines
    reader = Copy()
    await reader.read_all(client)
    assert set(contents) == set(reader.records.values())
    assert json.loads(end) == {
        "end": True,
        "count": 3,
        "position": 3,
        "chain": reader.chain_hash.hex(),
    }
    await consumer.handle_record(delivery(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    loaded_copy = Copy(3, bytes.fromhex(json.loads(end)["chain"]))
    assert await loaded_copy.read(client) == 1


async def test_the_table_has_a_row_for_each_record(
    client: httpx.AsyncClient, three: list[UUID]
) -> None:
    answer = await client.get("/v1/registry/records.csv")
    head, *table_rows, end = csv.reader(io.StringIO(answer.text))
    assert {row[head.index("id")] for row in table_rows} == {
        str(certificate_id) for certificate_id in three
    }
    assert {row[head.index("family_name")] for row in table_rows} == {"Белова"}
    assert {row[head.index("valid_until")] for row in table_rows} == {"2029-03-02"}
    assert all(len(row) == len(head) for row in table_rows)
    assert end[:3] == ["end", "3", "3"]


def test_no_cell_of_the_table_is_a_formula() -> None:
    content = snapshot.csv_row(['=HYPERLINK("http://x")', "@SUM(1)", "ЦОК «Лифт»", "2026-03-02"])
    (cells,) = csv.reader(io.StringIO(content.decode()))
    assert cells == ['\'=HYPERLINK("http://x")', "'@SUM(1)", "ЦОК «Лифт»", "2026-03-02"]


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
    same_lines = [_line(identity, content) for identity, content in reader.records.items()]
    clean = (await _reconcile(client, same_lines)).json()
    assert clean == {"position": 3, "record_count": 3, "has_more": False, "items": []}
    stranger = uuid4()
    third_record = reader.records[str(three[2])]
    bad = [
        _line(three[1]),
        _line(three[2], third_record),
        _line(three[2], third_record),
        _line(stranger),
    ]
    differences = (await _reconcile(client, bad)).json()["items"]
    assert [(item["id"], item["difference"]) for item in differences] == [
        (str(three[0]), "missing_there"),
        (str(three[1]), "different"),
        (str(three[2]), "doubled_there"),
        (str(stranger), "unknown_here"),
    ]
    assert differences[0]["content"] == reader.records[str(three[0])]
    few = (await _reconcile(client, bad, limit="2")).json()
    assert (len(few["items"]), few["has_more"]) == (2, True)
    earlier = (await _reconcile(client, same_lines[:2], position="2")).json()
    assert earlier["items"] == []


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
    await consumer.handle_record(delivery(approval(level=4), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    clock.advance(days=1)
    assert await manifest.seal_days(database, clock, settings) == 2
    assert await manifest.seal_days(database, clock, settings) == 0
    manifests = (await client.get("/v1/registry/manifests")).json()["items"]
    keys = KeySet.import_key_set((await client.get("/v1/jwks.json")).json())
    reader = Copy()
    await reader.read(client, 3)
    previous = None
    for item, day, span in zip(
        manifests, ("2026-03-02", "2026-03-03", "2026-03-04"), ((1, 3), (4, 3), (4, 4)), strict=True
    ):
        claims = json.loads(jws.deserialize_compact(item["jws"], keys).payload)
        assert claims["manifest"] == item["content"]
        assert item["content"]["day"] == day
        assert (item["content"]["first"], item["content"]["last"]) == span
        assert item["content"]["count"] == span[1] - span[0] + 1
        assert item["content"]["previous"] == previous
        previous = hashlib.sha256(item["jws"].encode()).hexdigest()
    assert (
        manifests[0]["content"]["chain"]
        == manifests[1]["content"]["chain"]
        == reader.chain_hash.hex()
    )
    (total,) = manifests[0]["content"]["totals"]
    assert (total["subject"], total["event"], total["count"]) == ("certificate", "issued", 3)
    later = (await client.get("/v1/registry/manifests", params={"after": "2026-03-03"})).json()[
        "items"
    ]
    assert [item["content"]["day"] for item in later] == ["2026-03-04"]


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
    await consumer.handle_record(delivery(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    clock.advance(days=2)
    assert await manifest.seal_days(database, clock, settings) == 1
    manifests = (await client.get("/v1/registry/manifests")).json()["items"]
    assert [item["content"]["count"] for item in manifests] == [3, 1]
