"""The end of rosters: terms that are over, content erased, records kept so long and no longer."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from services.certificates.rosters import upkeep
from services.certificates.rosters.digests import seal_rosters
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.db import Database
from tests.certificates.approvals import QUESTION, commanding, rows
from tests.certificates.rosters.portal import (
    enrol,
    lines,
    load_certificates,
    portal,
    read_events,
    subscribe,
)
from tests.certificates.rosters.test_digests import add_events
from tests.clock import ManualClock
from tests.problems import assert_problem

Upkeep = Callable[[Callable[[CertificatesContext], Awaitable[int]]], Awaitable[int]]


@pytest.fixture
def run(database: Database, settings: CertificatesSettings, clock: ManualClock) -> Upkeep:
    """Runs one duty of the scheduler to its end; how much it did."""

    async def run_duty(duty: Callable[[CertificatesContext], Awaitable[int]]) -> int:
        return await database.run_in_batches(
            lambda session: duty(commanding(session, clock, settings))
        )

    return run_duty


@pytest.mark.usefixtures("issued_certificate")
async def test_terms_end_on_their_day_and_are_counted(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    run: Upkeep,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeep, "BATCH_ROWS", 2)
    await load_certificates(database, 5)
    short = await subscribe(client, until="2026-03-05")
    long = await subscribe(client)
    for place in range(1, 6):
        question = {"number": f"load-{place}", "issued_on": "2026-03-02"}
        await enrol(client, short, question)
        await enrol(client, long, question | ({"until": "2026-03-04"} if place > 2 else {}))
    duties = (
        upkeep.end_subscriptions,
        upkeep.end_overdue_enrolments,
        upkeep.end_remaining_enrolments,
    )
    clock.advance(days=2)
    assert [await run(duty) for duty in duties] == [0, 0, 0]  # the last days count
    clock.advance(days=2)
    assert [await run(duty) for duty in duties] == [1, 3, 5]
    assert [await run(duty) for duty in duties] == [0, 0, 0]
    assert (await client.get(short, headers=portal())).json()["state"] == "ended"
    assert (await client.get(short, headers=portal())).json()["enrolled"] == 0
    assert (await client.get(long, headers=portal())).json()["enrolled"] == 2
    reasons = await rows(
        database, "SELECT end_reason, count(*) FROM enrolment GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in reasons] == [
        ("subscription_ended", 5),
        ("term_over", 3),
        (None, 2),
    ]
    again = {"number": "load-5", "issued_on": "2026-03-02"}
    await enrol(client, long, again)


async def test_content_is_erased_after_the_end_and_digests_stay(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    run: Upkeep,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeep, "BATCH_ROWS", 2)
    path, other = await subscribe(client), await subscribe(client)
    for address in (path, other):
        await add_events(database, clock, settings, address, 5)
    await client.delete(path, headers=portal())
    clock.advance(days=1)
    await seal_rosters(database, clock, settings)
    clock.advance(days=28)
    assert await run(upkeep.erase_contents) == 0
    assert len(await read_events(client, path)) == 5
    clock.advance(days=1, seconds=1)
    assert await run(upkeep.erase_contents) > 0
    assert await run(upkeep.erase_contents) == 0
    query = "SELECT content FROM roster_event WHERE content IS NOT NULL"
    assert len(await rows(database, query)) == 6  # the other's, with its heartbeat
    gone = await client.get(f"{path}/events", headers=portal())
    assert_problem(gone, 410, "roster.gone", "#query/after")
    digest = await client.get(f"{path}/digests/2026-03-02", headers=portal())
    assert digest.json()["last"] == 5


@pytest.mark.usefixtures("issued_certificate")
async def test_records_are_kept_as_long_as_the_settings_say(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    run: Upkeep,
) -> None:
    path = await subscribe(client)
    await enrol(client, path, QUESTION)
    await client.delete(f"{path}/enrolments", params=QUESTION, headers=portal())
    await enrol(client, path, QUESTION)
    await client.post(
        f"{path}/enrolment-jobs",
        content=lines(QUESTION),
        headers={**portal(), "Content-Type": "application/x-ndjson"},
    )
    clock.advance(days=1)
    await seal_rosters(database, clock, settings)
    assert await run(upkeep.delete_old_records) == 0
    clock.advance(days=7)
    assert await run(upkeep.delete_old_records) == 1  # the job, with its rows
    assert await rows(database, "SELECT 1 FROM enrolment_row") == []
    clock.advance(days=1088)
    assert await run(upkeep.delete_old_records) == 0
    clock.advance(days=1, seconds=1)
    assert await run(upkeep.delete_old_records) == 2  # the ended enrolment, and the digest
    assert len(await rows(database, "SELECT 1 FROM enrolment")) == 1
