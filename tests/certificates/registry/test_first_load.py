"""The first load: certificates loaded past the service enter the feed as if issued by it."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlmodel import select

from services.certificates.certificate.models import Certificate
from services.certificates.certificate.queries import lock_certificate
from services.certificates.changes.annulment import annul_certificate
from services.certificates.changes.schemas import AnnulmentRequest
from services.certificates.issuance.operations import issue_certificate
from services.certificates.registry import feed
from services.certificates.registry.first_load import (
    FIRST_LOAD_JOB,
    Lane,
    load_feed,
    load_next_records,
)
from services.certificates.registry.manifest import seal_days
from services.certificates.registry.rules import FeedReason
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from shared.job_states.set_aside import request_retry, set_row_aside
from tests.certificates.approvals import approval, commanding, rows
from tests.certificates.loads import load_certificates
from tests.certificates.registry_copy import Copy
from tests.clock import ManualClock
from tests.conditions import eventually

ISSUED_ON = date(2026, 3, 2)
LAST_DAY = date(2029, 3, 2)
OUTSIDE = (
    "SELECT certificate.id, number FROM feed_backlog JOIN certificate "
    "ON certificate.id = certificate_id ORDER BY feed_backlog.id"
)
CONTENTS = "SELECT subject_id, content FROM feed_entry"


async def _run(database: Database, statement: str, **values: Any) -> None:
    async with database.transaction() as session:
        await execute(session, text(statement), values)


async def _load_outside(database: Database, count: int) -> None:
    """Certificates that the feed does not tell of."""
    await load_certificates(database, [LAST_DAY] * count, ISSUED_ON, in_feed=False)


async def _read_copy(client: httpx.AsyncClient) -> Copy:
    """The registry's copy of the whole feed, each page proved by positions and chain."""
    registry_copy = Copy()
    await registry_copy.read_all(client, 500)
    return registry_copy


async def test_a_loaded_entry_says_byte_for_byte_what_the_records_class_says(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    three: list[UUID],
) -> None:
    loss = {"ground": "loss", "applied_on": "2026-03-02"}
    clock.advance(microseconds=7)
    for basis in ("Заявление 1", "Заявление 2"):
        body = {**loss, "basis": basis}
        answer = await client.post(f"/v1/certificates/{three[0]}/duplicates", json=body)
        assert answer.is_success
    annulment = {"reason": 'Ошибка "совета"', "basis": "Протокол \\5\u2028"}
    answer = await client.post(f"/v1/certificates/{three[1]}/annul", json=annulment)
    assert answer.is_success
    strange_names = json.dumps({"family_name": '</b>"\\ \u0001😀', "given_name": "é", "age": 7})
    await _run(
        database,
        "UPDATE certificate SET holder = CAST(:holder AS jsonb), recertifies = '07.1' "
        "WHERE id = :id",
        holder=strange_names,
        id=three[2],
    )
    await _run(database, "DELETE FROM feed_entry")
    await _run(database, "UPDATE feed_head SET position = 0, chain = decode(repeat('00',32),'hex')")
    async with database.transaction() as session:
        context = commanding(session, clock, settings)
        certificates = (await session.exec(select(Certificate))).all()
        await feed.append_entries(context, certificates, FeedReason.ISSUED)
        expected_contents = {row[0]: row[1] for row in await execute(session, text(CONTENTS))}
        await session.rollback()
    await _run(database, "UPDATE certificate SET in_feed = false")
    await _run(database, "INSERT INTO feed_backlog (certificate_id) SELECT id FROM certificate")
    assert await load_feed(database, clock, settings) == 3
    contents = {row.subject_id: row.content for row in await rows(database, CONTENTS)}
    assert contents == expected_contents
    assert set(map(len, (json.loads(text)["duplicates"] for text in contents.values()))) == {0, 2}
    registry_copy = await _read_copy(client)
    assert registry_copy.records == {str(key): value for key, value in contents.items()}


async def test_certificates_loaded_past_the_service_are_entered_once(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    three: list[UUID],
) -> None:
    await _load_outside(database, 500)
    loaded_ids = [row.id for row in await rows(database, OUTSIDE)]
    assert len(loaded_ids) == 500, "what the service issued itself is not among them"
    small = settings.model_copy(update={"first_load_batch": 60})
    await asyncio.gather(*(load_feed(database, clock, small) for _ in range(2)))
    assert await load_feed(database, clock, small) == 0
    assert await feed.sequence_entries(database, clock, settings) == 0, "they have positions"
    entries = await rows(database, "SELECT subject_id FROM feed_entry ORDER BY position")
    assert [row.subject_id for row in entries[:3]] == three
    assert sorted(row.subject_id for row in entries[3:]) == sorted(loaded_ids), "lanes take turns"
    assert len((await _read_copy(client)).records) == 503


async def test_one_whose_facts_make_no_record_is_set_aside_until_it_is_mended(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _load_outside(database, 300)
    harms = {
        "load-1": "holder = '{\"family_name\": 5}'",
        "load-2": "qualification = qualification - 'id'",
        "load-150": "centre = '[]'",
        "load-300": "qualification = 'null'",
    }
    for number, harm in harms.items():
        await _run(database, f"UPDATE certificate SET {harm} WHERE number = '{number}'")
    small = settings.model_copy(update={"first_load_batch": 40})
    assert await load_feed(database, clock, small) == 300
    assert {row.number for row in await rows(database, OUTSIDE)} == harms.keys()
    assert await Duties(database, clock, settings).count_feed_backlog() == len(harms)
    set_aside = await rows(
        database,
        "SELECT number, reason FROM set_aside JOIN certificate ON CAST(id AS text) = subject "
        "WHERE job = :job",
        job=FIRST_LOAD_JOB,
    )
    reasons = {row.number: row.reason for row in set_aside}
    assert reasons.keys() == harms.keys()
    assert reasons["load-1"] == (
        "ValidationError: holder.family_name string_type, holder.given_name missing"
    )
    assert await load_feed(database, clock, small) == 0, "they are not looked at again"
    holder = '{"family_name": "Белова", "given_name": "Анна"}'
    await _run(
        database,
        "UPDATE certificate SET holder = CAST(:holder AS jsonb) WHERE number = 'load-1'",
        holder=holder,
    )
    async with database.transaction() as session:
        for row in await rows(database, OUTSIDE):
            await request_retry(session, FIRST_LOAD_JOB, str(row.id), clock.now())
    await load_feed(database, clock, small)
    assert {row.number for row in await rows(database, OUTSIDE)} == harms.keys() - {"load-1"}
    (attempts,) = await rows(database, "SELECT array_agg(attempts) AS numbers FROM set_aside")
    assert attempts.numbers == [2, 2, 2]


async def test_a_load_that_is_broken_off_leaves_whole_batches_and_is_resumed(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await _load_outside(database, 1200)
    small = settings.model_copy(update={"first_load_batch": 50})
    entered = rounds = 0
    while entered < 1200:
        rounds += 1
        loading = asyncio.ensure_future(load_feed(database, clock, small))
        await asyncio.wait([loading], timeout=0.15)
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        (row,) = await rows(
            database,
            "SELECT count(*) AS entries, coalesce(max(feed_entry.position), 0) AS last, "
            "(SELECT position FROM feed_head) AS head FROM feed_entry",
        )
        assert row.entries == row.last == row.head
        assert row.entries % 50 == 0, "a batch is entered whole or not at all"
        entered = row.entries
    assert rounds > 1, "nothing was broken off"
    assert await rows(database, OUTSIDE) == []
    assert len((await _read_copy(client)).records) == 1200


async def test_a_load_and_a_scan_at_once_delay_no_notice(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _load_outside(database, 200)
    clock.instant += LAST_DAY - timedelta(days=180) - ISSUED_ON
    due = "UPDATE certificate SET next_notice_on = next_notice_on + 1 WHERE number < 'load-15'"
    await _run(database, due)
    due_numbers = await rows(
        database,
        "SELECT 1 FROM certificate WHERE next_notice_on = :today",
        today=clock.now().date(),
    )
    async with database.transaction() as session:
        context = commanding(session, clock, settings)
        await load_next_records(context, Lane(0, 1), 1000)
        assert await scan_due_notices(database, clock, settings) == len(due_numbers)
    assert len(await rows(database, "SELECT 1 FROM validity_notice")) == len(due_numbers) > 0
    assert len(await rows(database, OUTSIDE)) == len(due_numbers), "they were left to the scan"
    await load_feed(database, clock, settings)
    assert await rows(database, OUTSIDE) == [], "once they are told"


async def test_a_certificate_whose_notice_is_set_aside_is_loaded_all_the_same(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _load_outside(database, 2)
    clock.instant += LAST_DAY - ISSUED_ON
    (first, _) = await rows(database, OUTSIDE)
    async with database.transaction() as session:
        await set_row_aside(session, NOTICES_JOB, str(first.id), "ValueError", clock.now())
    await load_feed(database, clock, settings)
    assert first.id not in {row.id for row in await rows(database, OUTSIDE)}


async def test_one_that_is_being_changed_is_left_to_the_change(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await _load_outside(database, 3)
    changed_id = (await rows(database, OUTSIDE))[1].id
    async with database.transaction() as session:
        context = commanding(session, clock, settings)
        await lock_certificate(session, changed_id)
        await load_feed(database, clock, settings)
        assert [row.id for row in await rows(database, OUTSIDE)] == [changed_id]
        body = AnnulmentRequest(reason="Выдано по ошибке", basis="Протокол 5")
        await annul_certificate(context, changed_id, body)
    assert await load_feed(database, clock, settings) == 1, "it is taken off the backlog"
    assert await rows(database, OUTSIDE) == []
    await feed.sequence_entries(database, clock, settings)
    records = (await _read_copy(client)).records
    assert json.loads(records[str(changed_id)])["event"] == "annulled"
    assert len(records) == 3


async def test_loading_sequencing_sealing_and_issuing_at_once_make_one_feed(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await _load_outside(database, 1500)
    small = settings.model_copy(update={"first_load_batch": 40})
    stop = asyncio.Event()

    async def issue() -> int:
        count = 0
        while not stop.is_set():
            async with database.transaction() as session:
                await issue_certificate(commanding(session, clock, settings), approval())
            count += 1
        return count

    async def seal() -> None:
        while not stop.is_set():
            await seal_days(database, clock, settings)
            clock.advance(hours=7)
            await asyncio.sleep(0.1)

    others = [asyncio.create_task(work) for work in (issue(), issue())]
    sealing = asyncio.create_task(seal())
    sequencing = asyncio.create_task(feed.run_sequencer(database, clock, settings))
    await asyncio.gather(*(load_feed(database, clock, small) for _ in range(2)))
    stop.set()
    issued_count = sum(await asyncio.gather(*others))
    await sealing

    async def is_sequenced() -> bool:
        unsequenced = "SELECT 1 FROM feed_entry WHERE position IS NULL"
        return await rows(database, unsequenced) == []

    await eventually(is_sequenced, "positions for all")
    sequencing.cancel()
    await asyncio.gather(sequencing, return_exceptions=True)
    clock.advance(days=2)
    await seal_days(database, clock, settings)
    assert len((await _read_copy(client)).records) == 1500 + issued_count
    manifests = await rows(database, "SELECT content FROM manifest ORDER BY day")
    contents = [row.content for row in manifests]
    assert len(contents) > 2, "days were sealed meanwhile"
    assert sum(content["count"] for content in contents) == 1500 + issued_count
    assert [content["first"] for content in contents] == [
        1,
        *(content["last"] + 1 for content in contents[:-1]),
    ]
    for content in contents:
        (row,) = await rows(
            database,
            "SELECT count(*) AS number FROM feed_entry WHERE "
            "CAST(sequenced_at AT TIME ZONE 'Europe/Moscow' AS date) = :day",
            day=date.fromisoformat(content["day"]),
        )
        assert row.number == content["count"]
