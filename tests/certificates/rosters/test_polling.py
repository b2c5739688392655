"""Events polled: page by page, waited for without a connection, as CloudEvents, until they go."""

import asyncio
import json
from datetime import date

import httpx
import pytest

from services.certificates.main import create
from services.certificates.rosters.partitions import maintain_partitions
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from tests.certificates.approvals import QUESTION, rows
from tests.certificates.rosters.portal import enrol, portal, read_events, subscribe
from tests.certificates.rosters.test_digests import add_events
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.problems import assert_problem
from tests.serving import serving

BATCH = "application/cloudevents-batch+json"
LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
)


async def test_pages_are_dense_and_a_batch_holds_the_same_bytes(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    await add_events(database, clock, settings, path, 5)
    answer = await client.get(f"{path}/events", params={"after": 1, "limit": 2}, headers=portal())
    page = answer.json()
    assert [event["sequence"] for event in page["items"]] == ["0000000002", "0000000003"]
    assert (page["after"], page["last_sequence"]) == (1, 5)
    batch = await client.get(f"{path}/events", headers={**portal(), "Accept": BATCH})
    assert batch.headers["content-type"] == BATCH
    stored = await rows(database, "SELECT content FROM roster_event ORDER BY sequence")
    assert batch.text == f"[{','.join(row.content for row in stored)}]"
    ahead = await client.get(f"{path}/events", params={"after": 6}, headers=portal())
    assert_problem(ahead, 404, "roster.position", "#query/after")
    for bad in ({"after": -1}, {"after": 2**63}, {"limit": 0}, {"wait": "nan"}, {"wait": 61}):
        answer = await client.get(f"{path}/events", params=bad, headers=portal())
        assert answer.status_code == 422, bad


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("*/*", 200, "application/json"),
        ("application/*", 200, "application/json"),
        (f"{BATCH};q=0.1, application/json", 200, "application/json"),
        (f"application/json;q=0.1, {BATCH}", 200, BATCH),
        ("text/html", 406, "application/problem+json"),
    ],
)
async def test_a_page_has_the_form_that_is_preferred(
    client: httpx.AsyncClient, accept: str, status: int, media_type: str
) -> None:
    path = await subscribe(client)
    answer = await client.get(f"{path}/events", headers={**portal(), "Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (status, media_type)


async def test_who_polls_in_vain_gets_no_body(client: httpx.AsyncClient) -> None:
    path = await subscribe(client)
    tag = (await client.get(f"{path}/events", headers=portal())).headers["etag"]
    again = await client.get(f"{path}/events", headers={**portal(), "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_who_waits_is_woken_by_the_commit_and_holds_no_connection(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    narrow = settings.model_copy(
        update={"database_pool_size": 1, "database_pool_overflow": 0, "roster_employer_waiting": 30}
    )
    async with serving(create(narrow, clock)) as client:
        path, other = await subscribe(client), await subscribe(client)

        async def wait(address: str) -> httpx.Response:
            return await client.get(f"{address}/events", params={"wait": 20}, headers=portal())

        waiting = [asyncio.create_task(wait(path)) for _ in range(20)]
        idle = asyncio.create_task(wait(other))

        async def listens() -> bool:
            return len(await rows(database, LISTENERS)) == 1

        await eventually(listens, "one connection that listens")
        await asyncio.sleep(0.2)
        assert (
            await client.get(path, headers=portal())
        ).status_code == 200  # one connection is free
        await add_events(database, clock, settings, path, 1)
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*waiting)
        assert [len(answer.json()["items"]) for answer in answers] == [1] * 20
        assert not idle.done()
        await add_events(database, clock, settings, other, 1)
        assert len((await idle).json()["items"]) == 1

        async def silent() -> bool:
            return not await listens()

        await eventually(silent, "nobody listens")


async def test_who_waits_in_vain_gets_an_empty_page(client: httpx.AsyncClient) -> None:
    path = await subscribe(client)
    answer = await client.get(f"{path}/events", params={"wait": 0.3}, headers=portal())
    assert answer.json() == {"after": 0, "items": [], "last_sequence": 0}


async def test_so_many_may_wait_of_one_employer_and_of_all(
    settings: CertificatesSettings, clock: ManualClock
) -> None:
    narrow = settings.model_copy(update={"roster_employer_waiting": 2, "roster_waiting": 3})
    async with serving(create(narrow, clock)) as client:
        employers = [portal(employer) for employer in ("1", "1", "1", "2", "3")]
        paths = {str(headers): await subscribe(client, headers=headers) for headers in employers}

        async def wait(headers: dict[str, str]) -> int:
            path = paths[str(headers)]
            answer = await client.get(f"{path}/events", params={"wait": 1}, headers=headers)
            if answer.status_code == 429:
                assert_problem(answer, 429, "roster.waiting")
                assert answer.headers["retry-after"] == "5"
            return answer.status_code

        statuses = await asyncio.gather(*map(wait, employers))
        assert sorted(statuses) == [200, 200, 200, 429, 429]
        assert 429 in statuses[:3]  # the first employer alone never waits with three
        assert await wait(employers[0]) == 200  # there is room again


async def test_a_lost_connection_wakes_and_is_replaced(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    waiting = asyncio.create_task(
        client.get(f"{path}/events", params={"wait": 15}, headers=portal())
    )

    async def listens() -> bool:
        return bool(await rows(database, LISTENERS))

    await eventually(listens, "a connection that listens")
    (first,) = await rows(database, LISTENERS)
    await rows(database, "SELECT pg_terminate_backend(:pid)", pid=first.pid)

    async def listens_anew() -> bool:
        found = await rows(database, LISTENERS)
        return bool(found) and found[0].pid != first.pid

    await eventually(listens_anew, "another connection that listens")
    await add_events(database, clock, settings, path, 1)
    async with asyncio.timeout(10):
        assert len((await waiting).json()["items"]) == 1


@pytest.mark.usefixtures("issued_certificate")
async def test_the_roster_says_from_where_to_go_on(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    await add_events(database, clock, settings, path, 2)
    await enrol(client, path, QUESTION | {"until": "2027-01-01"})
    answer = await client.get(f"{path}/roster.ndjson", headers=portal())
    entry, end = map(json.loads, answer.text.splitlines())
    assert end == {"end": True, "count": 1, "sequence": 2}
    assert (entry["number"], entry["until"]) == (QUESTION["number"], "2027-01-01")
    assert entry["status"]["verdict"] == "valid"
    assert "Белова" not in answer.text


async def list_months(database: Database) -> list[str]:
    """The partitions of events besides the default one."""
    query = """
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'roster_event'::regclass ORDER BY 1
    """
    return [row.relname.removeprefix("roster_event_") for row in await rows(database, query)]


async def test_months_are_made_ahead_and_dropped_and_what_is_gone_is_said(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    await add_events(database, clock, settings, path, 1)  # into the default partition
    for _ in range(2):
        await maintain_partitions(database, clock, settings)
    assert await list_months(database) == ["default", "p202604", "p202605"]  # March is misplaced
    clock.advance(days=40)
    await add_events(database, clock, settings, path, 2)
    clock.advance(days=200)
    await add_events(database, clock, settings, path, 1)
    assert len(await read_events(client, path)) == 4
    clock.instant = clock.instant.fromisoformat("2027-06-06T00:00:00+00:00")
    await maintain_partitions(database, clock, settings)
    assert "p202604" not in await list_months(database)
    assert "p202708" in await list_months(database)
    for after in (0, 1, 2):
        gone = await client.get(f"{path}/events", params={"after": after}, headers=portal())
        assert_problem(gone, 410, "roster.gone", "#query/after")
    (event,) = await read_events(client, path, after=3)
    assert event["sequence"] == "0000000004"
    kept = await rows(database, "SELECT sequence, sequenced_on FROM roster_event")
    assert [(row.sequence, row.sequenced_on) for row in kept] == [(4, date(2026, 10, 28))]
