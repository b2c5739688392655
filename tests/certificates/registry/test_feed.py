"""The registry's feed: dense, in the order of commits, chained; a copy equals ours."""

import asyncio
import copy
import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from deploy.local.registry import FeedMismatch
from services.certificates.issuance.operations import issue_certificate
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import approval, commanding, delivery, rows
from tests.certificates.registry_copy import Copy
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.problems import assert_problem

ALL = (
    "SELECT position, subject_id, content FROM feed_entry WHERE position IS NOT NULL "
    "ORDER BY position"
)


async def _latest_contents(database: Database) -> dict[str, str]:
    """What we hold: the latest content of each record."""
    return {str(row.subject_id): row.content for row in await rows(database, ALL)}


async def test_entries_have_a_place_only_after_their_commit(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    async with database.transaction() as early:
        await issue_certificate(commanding(early, clock, settings), approval())
        async with database.transaction() as late:
            second = await issue_certificate(commanding(late, clock, settings), approval())
        assert await feed.sequence_entries(database, clock, settings) == 1
        page = (await client.get("/v1/registry/feed")).json()
        assert second is not None
        assert [entry["subject_id"] for entry in page["items"]] == [str(second.id)]
    assert await feed.sequence_entries(database, clock, settings) == 1
    page = (await client.get("/v1/registry/feed")).json()
    assert [entry["position"] for entry in page["items"]] == [1, 2]
    assert page["items"][0]["subject_id"] == str(second.id)
    assert await feed.sequence_entries(database, clock, settings) == 0


class Undone(Exception):
    """A writer that gives up: the ids of its entries are gaps that nobody may wait for."""


async def _write(
    chance: random.Random, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> int:
    """Ten certificates, each committed late or not at all; how many were committed."""
    commit_count = 0
    for _ in range(10):
        with suppress(Undone):
            async with database.transaction() as session:
                await issue_certificate(commanding(session, clock, settings), approval())
                await asyncio.sleep(chance.random() / 20)
                if chance.random() < 0.1:
                    raise Undone
            commit_count += 1
    return commit_count


async def _read(chance: random.Random, client: httpx.AsyncClient, complete: asyncio.Event) -> Copy:
    """A reader that is killed in the middle of three pages of ten, until it has everything."""
    kept_copy, deaths = Copy(), 0
    while True:
        reader = copy.deepcopy(kept_copy)
        page = asyncio.create_task(reader.read(client, chance.randint(1, 7)))
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() / 100)
            page.cancel()
        with suppress(asyncio.CancelledError):
            entry_count = await page
            kept_copy = reader
            if not entry_count and complete.is_set() and deaths:
                return kept_copy
        deaths += page.cancelled()


async def test_twenty_writers_that_commit_late_and_a_reader_that_dies(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    roomy = settings.model_copy(update={"database_pool_size": 25})
    wide = Database.connect(roomy)
    chance, complete = random.Random(20), asyncio.Event()
    sequencers = [
        asyncio.create_task(feed.run_sequencer(database, clock, settings)) for _ in range(2)
    ]
    reading = asyncio.create_task(_read(chance, client, complete))
    try:
        commit_count = sum(
            await asyncio.gather(*(_write(chance, wide, roomy, clock) for _ in range(20)))
        )

        async def sequenced() -> bool:
            assert not any(task.done() for task in sequencers)
            unsequenced = await rows(database, "SELECT 1 FROM feed_entry WHERE position IS NULL")
            return not unsequenced

        await eventually(sequenced, "every entry has a position")
        complete.set()
        read = await asyncio.wait_for(reading, 60)
    finally:
        for task in (reading, *sequencers):
            task.cancel()
        await asyncio.gather(reading, *sequencers, return_exceptions=True)
        await wide.close()
    assert 100 < commit_count < 200
    assert read.records == await _latest_contents(database)
    positions = [row.position for row in await rows(database, ALL)]
    assert positions == list(range(1, commit_count + 1))
    ids = [row.id for row in await rows(database, "SELECT id FROM feed_entry ORDER BY position")]
    assert ids != sorted(ids), "none committed out of order"


@pytest.fixture
async def pages(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> list[dict[str, Any]]:
    """Twelve entries in four pages."""
    for _ in range(12):
        await consumer.handle_record(delivery(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    feed_pages = []
    for after in (0, 3, 6, 9):
        params = {"after": str(after), "limit": "3"}
        feed_pages.append((await client.get("/v1/registry/feed", params=params)).json())
    return feed_pages


Page = dict[str, Any]


def _name(page: Page) -> None:
    entry = page["items"][1]
    entry["content"] = entry["content"].replace("Белова", "Петрова")


def _digest(page: Page) -> None:
    entry = page["items"][1]
    entry["content"], entry["digest"] = None, "00" * 32


def _renumbered(page: Page) -> None:
    del page["items"][1]
    page["items"][1]["position"] -= 1


def _outside(page: Page) -> None:
    page["items"][1]["event"] = "annulled"


@pytest.mark.parametrize(
    "harm",
    [
        _name,
        _digest,
        _renumbered,
        _outside,
        lambda page: page["items"].pop(),
        lambda page: page["items"].pop(0),
        lambda page: page["items"].insert(0, page["items"][0]),
        lambda page: page["items"].reverse(),
        lambda page: page["items"].clear(),
        lambda page: page.update(after_chain="00" * 32),
        lambda page: page.update(before_chain="00" * 32),
    ],
)
def test_an_altered_page_is_noticed(pages: list[Page], harm: Callable[[Page], object]) -> None:
    reader = Copy()
    reader.apply_page(pages[0])
    before = copy.deepcopy(reader)
    harmed = copy.deepcopy(pages[1])
    harm(harmed)
    with pytest.raises(FeedMismatch):
        reader.apply_page(harmed)
    assert reader == before
    assert [reader.apply_page(page) for page in pages[1:]] == [3, 3, 3]


@pytest.mark.parametrize("order", [(0, 2), (0, 0), (1,), (0, 1, 3), (0, 1, 1), (3,)])
def test_a_dropped_doubled_or_swapped_page_is_noticed(
    pages: list[Page], order: tuple[int, ...]
) -> None:
    reader = Copy()
    for place in order[:-1]:
        reader.apply_page(pages[place])
    with pytest.raises(FeedMismatch):
        reader.apply_page(pages[order[-1]])


async def test_only_the_registry_reads_and_its_reading_is_noted(
    client: httpx.AsyncClient, database: Database, pages: list[Page]
) -> None:
    for scope in Scope:
        answer = await client.get("/v1/registry/feed", headers=tokens.bearer(scope))
        assert answer.status_code == (200 if scope is Scope.FEED else 403)
    disclosures = await rows(database, "SELECT subject, resource FROM disclosure ORDER BY id")
    assert [row.resource for row in disclosures][:4] == [f"feed after {n}" for n in (0, 3, 6, 9)]
    assert {row.subject for row in disclosures} == {"tester"}


async def test_a_position_that_is_not_there_is_a_problem(
    client: httpx.AsyncClient, pages: list[Page]
) -> None:
    answer = await client.get("/v1/registry/feed", params={"after": "13"})
    assert_problem(answer, 404, "feed.position", "#query/after")
    last = (await client.get("/v1/registry/feed", params={"after": "12"})).json()
    assert last["items"] == []
    assert last["before_chain"] == last["after_chain"] == pages[-1]["after_chain"]


async def test_entries_of_one_certificate_tell_its_whole_life(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await consumer.handle_record(delivery(approval(), clock.now()))
    (row,) = await rows(database, "SELECT id FROM certificate")
    body = {"ground": "loss", "basis": "Заявление", "applied_on": "2026-03-02"}
    duplicate = await client.post(f"/v1/certificates/{row.id}/duplicates", json=body)
    assert duplicate.status_code == 201, duplicate.text
    annulment = {"reason": "Выдано по ошибке совета", "basis": "Протокол 5"}
    assert (await client.post(f"/v1/certificates/{row.id}/annul", json=annulment)).is_success
    await feed.sequence_entries(database, clock, settings)
    page = (await client.get("/v1/registry/feed")).json()
    records = [json.loads(entry["content"]) for entry in page["items"]]
    assert [record["event"] for record in records] == ["issued", "duplicate_issued", "annulled"]
    assert [len(record["duplicates"]) for record in records] == [0, 1, 1]
    assert [record["kind"] for record in records[2]["changes"]] == ["annulled"]
    assert records[0]["holder"]["family_name"] == "Белова"
    assert "actor" not in page["items"][2]["content"]
