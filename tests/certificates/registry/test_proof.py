"""All that a feed says is proved: whatever of a page is altered, the reader takes nothing over."""

import asyncio
import copy
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import pytest

from deploy.local.registry import FeedMismatch
from services.certificates.registry import feed
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery, failure, rows
from tests.certificates.registry_copy import Copy
from tests.clock import ManualClock

Page = dict[str, Any]
ENTRIES = "SELECT event, content IS NULL AS absent FROM feed_entry ORDER BY position"
OTHER_VALUES: tuple[object, ...] = (
    None,
    0,
    1,
    7,
    True,
    "",
    "0" * 64,
    "\ud800",
    [],
    {},
    "2026-03-02T09:00:00Z",
)


@pytest.fixture
async def pages(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> list[Page]:
    """Two pages: an extended certificate, a statement and its erasure, and an annulment."""
    await consumer.handle_record(delivery(approval(), clock.now()))
    await consumer.handle_record(delivery(failure(), clock.now()))
    (certificate,) = await rows(database, "SELECT id FROM certificate")
    selection = {
        "ends_from": "2029-03-01",
        "ends_to": "2029-03-31",
        "extended_by": "P5M",
        "reason": "Решение агентства",
        "basis": "Приказ 17",
        "count": 1,
    }
    extension = await client.post("/v1/extensions", json=selection)
    assert extension.is_success, extension.text
    await feed.sequence_entries(database, clock, settings)
    clock.advance(days=366)
    await Duties(database, clock, settings).erase_statement_names()
    annulment = {"reason": "Выдано по ошибке совета", "basis": "Протокол 5"}
    answer = await client.post(f"/v1/certificates/{certificate.id}/annul", json=annulment)
    assert answer.is_success, answer.text
    await feed.sequence_entries(database, clock, settings)
    feed_pages = []
    for after in ("0", "3"):
        params = {"after": after, "limit": "3"}
        feed_pages.append((await client.get("/v1/registry/feed", params=params)).json())
    assert [entry["event"] for page in feed_pages for entry in page["items"]] == [
        *("issued", "issued", "extended", "erased", "annulled")
    ]
    return feed_pages


def _alter_pages(page: Page, other: Page) -> Iterator[tuple[str, Page]]:
    """The page with every member of it and of its entries altered, each in every way."""
    for name in page:
        if name == "items":
            continue
        for value in (*OTHER_VALUES, other[name]):
            yield name, {**page, name: value}
        yield name, {key: page[key] for key in page if key != name}
    for place, entry in enumerate(page["items"]):
        neighbours = [item for item in (*page["items"], *other["items"]) if item is not entry]
        for name, own_value in entry.items():
            values = [*OTHER_VALUES, *(item[name] for item in neighbours)]
            if isinstance(own_value, str):
                values += [own_value.upper(), f" {own_value}", f"{own_value} ", own_value[:-1]]
                values += [own_value.replace("2", "3"), own_value.replace("а", "a")]
            for value in values:
                yield f"{place}/{name}", _with_entry(page, place, {**entry, name: value})
            rest = {key: entry[key] for key in entry if key != name}
            yield f"{place}/{name}", _with_entry(page, place, rest)


def _with_entry(page: Page, place: int, entry: object) -> Page:
    return {**page, "items": [*page["items"][:place], entry, *page["items"][place + 1 :]]}


def _is_same(value: object, other_value: object) -> bool:
    """Whether both are the same JSON; `1` and `true` are not."""
    return json.dumps(value) == json.dumps(other_value)


def test_the_reader_takes_nothing_over_of_a_page_that_was_altered(pages: list[Page]) -> None:
    attacks = 0
    for place, page in enumerate(pages):
        reader = Copy()
        for earlier_page in pages[:place]:
            reader.apply_page(earlier_page)
        for member, altered_page in _alter_pages(page, pages[1 - place]):
            if _is_same(altered_page, page):
                continue
            later_pages = pages[place + 1 :]
            if member == "head":  # not taken over; the next answer is short of it
                later_pages.append({**_end(pages[-1]), "head": altered_page.get("head")})
            attacked_reader = copy.deepcopy(reader)
            with pytest.raises(FeedMismatch):
                _read_to_the_end(attacked_reader, [altered_page, *later_pages])
            assert attacked_reader == reader or member in ("head", "0/content", "2/content")
            attacks += 1
    assert attacks > 500


def _read_to_the_end(reader: Copy, pages: Iterable[Page]) -> None:
    for page in pages:
        reader.apply_page(page)


def _end(page: Page) -> Page:
    """The page after the last one: it has nothing."""
    chain = page["after_chain"]
    return {"after": 5, "before_chain": chain, "items": [], "after_chain": chain, "head": 5}


def test_a_content_is_absent_only_where_an_erasure_follows(pages: list[Page]) -> None:
    reader = Copy()
    issued, statement, extended = pages[0]["items"]
    assert (issued["content"] is None, statement["content"]) == (False, None)
    reader.apply_page(pages[0])
    assert reader.absent == {statement["subject_id"]}
    assert statement["subject_id"] not in reader.records
    reader.apply_page(pages[1])
    assert reader.absent == frozenset()
    assert json.loads(reader.records[statement["subject_id"]])["holder"] is None
    nulled = _with_entry(pages[0], 2, {**extended, "content": None})
    robbed_reader = Copy()
    robbed_reader.apply_page(nulled)
    assert extended["subject_id"] not in robbed_reader.records, "not what was true before it"
    with pytest.raises(FeedMismatch, match="erased"):
        robbed_reader.apply_page(pages[1])
    assert robbed_reader.position == 3


@pytest.mark.parametrize("content", ["", "[]", "null", "{", '{"id": 1}', "[" * 100_000])
def test_a_content_that_is_no_record_is_refused_whatever_is_hashed(
    pages: list[Page], content: str
) -> None:
    entry = {**pages[0]["items"][0], "content": content}
    entry["content_digest"] = hashlib.sha256(content.encode()).hexdigest()
    lines = (entry[name] for name in ("subject", "subject_id", "event", "recorded_at"))
    digest = hashlib.sha256("\n".join((*lines, entry["content_digest"])).encode())
    reader = Copy()
    with pytest.raises(FeedMismatch):
        reader.apply_page(_with_entry(pages[0], 0, {**entry, "digest": digest.hexdigest()}))
    assert reader == Copy()


async def test_no_reader_sees_an_absent_content_before_its_erasure(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    for serial in range(5):
        event = failure().model_copy(update={"statement_number": f"78.041-{serial}"})
        await consumer.handle_record(delivery(event, clock.now()))
    await feed.sequence_entries(database, clock, settings)
    clock.advance(days=366)
    await Duties(database, clock, settings).erase_statement_names()
    assert not any(row.absent for row in await rows(database, ENTRIES))

    async def sequence() -> None:
        while await feed.sequence_entries(database, clock, settings, limit=1):
            await asyncio.sleep(0)

    sequencing = asyncio.create_task(sequence())
    while not sequencing.done():
        reader = Copy()
        await reader.read_all(client, limit=3)
        assert not reader.absent
    await sequencing
    assert [(row.event, row.absent) for row in await rows(database, ENTRIES)] == [
        *[("issued", True)] * 5,
        *[("erased", False)] * 5,
    ]
    reader = Copy()
    await reader.read_all(client)
    assert len(reader.records) == 5
    assert "Белова" not in str(reader.records)
