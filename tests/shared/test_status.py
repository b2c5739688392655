"""The status of a service: its jobs, who leads, what is stuck; each part told by itself."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.job_states.states import record_failure, record_success
from shared.lease import Lease
from shared.messaging.outbox import RELAY_LEASE
from shared.principal import Scope
from tests import tokens
from tests.clock import ManualClock
from tests.messaging.sample_events import happen
from tests.problems import assert_problem
from tests.scrapes import scrape
from tests.serving import serving


async def _run(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await execute(session, text(statement))


async def test_jobs_are_told_by_their_health_those_in_trouble_first(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    status = (await client.get("/ops/status")).json()
    assert (status["service"], status["process"]) == ("catalog", "http")
    assert {job["name"]: job["health"] for job in status["jobs"]} == {
        "idempotency-clean-up": "never",
        "outbox-partitions": "never",
        "relay": "never",
    }
    async with database.transaction() as session:
        await record_success(session, "relay", 20, 0, clock.now())
        long_ago = clock.now() - timedelta(hours=4)
        await record_success(session, "outbox-partitions", 3600, 0, long_ago)
        await record_success(session, "idempotency-clean-up", 3600, 3, clock.now())
        await record_failure(session, "idempotency-clean-up", 3600, "TimeoutError", clock.now())
    jobs = (await client.get("/ops/status")).json()["jobs"]
    assert [(job["name"], job["health"], job["failure"]) for job in jobs] == [
        ("idempotency-clean-up", "failing", "TimeoutError"),
        ("outbox-partitions", "stale", None),
        ("relay", "well", None),
    ]


async def test_who_leads_is_told_until_the_lease_is_over(
    client: httpx.AsyncClient, database: Database
) -> None:
    (first_lease,) = (await client.get("/ops/status")).json()["leases"]
    assert (first_lease["name"], first_lease["is_held"], first_lease["holder"]) == (
        RELAY_LEASE,
        False,
        None,
    )
    assert (await scrape(client)).value("attesta_lease_remaining_seconds", lease="relay") == 0
    claim = Lease.claim(RELAY_LEASE, 600)
    connection = await database.open_connection()
    try:
        async with connection.transaction():
            await claim.hold(connection)
        (leader,) = (await client.get("/ops/status")).json()["leases"]
        assert (leader["is_held"], leader["holder"], leader["fence"]) == (
            True,
            str(claim.holder),
            1,
        )
        await claim.release(connection)
    finally:
        await connection.close()
    (former,) = (await client.get("/ops/status")).json()["leases"]
    assert (former["is_held"], former["holder"]) == (False, str(claim.holder))


async def test_what_is_stuck_on_the_event_path_is_counted(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    for key in ("a", "a", "b"):
        await happen(database, key, 1, clock.now())
    await _run(
        database,
        "UPDATE outbox SET parked_at = clock_timestamp(), park_reason = 'x' WHERE id ="
        " (SELECT min(id) FROM outbox)",
    )
    await _run(database, "UPDATE outbox SET published_at = now() WHERE key = 'b'")
    events = (await client.get("/ops/status")).json()["events"]
    assert events == {
        "unpublished": 2,
        "oldest_seconds": 0,
        "parked": 1,
        "dead_letters": 0,
        "set_aside": 0,
    }, "what waits behind a parked one has no age: it waits for an operator"


async def test_a_part_that_cannot_be_read_is_named_and_takes_no_other_with_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    await _run(database, "ALTER TABLE dead_letter RENAME TO elsewhere")
    try:
        status = (await client.get("/ops/status")).json()
    finally:
        await _run(database, "ALTER TABLE elsewhere RENAME TO dead_letter")
    assert status["unread_parts"] == ["events"]
    assert status["events"] is None
    assert status["jobs"]


async def test_without_a_database_the_process_tells_what_it_knows_itself(
    settings: CatalogSettings,
) -> None:
    lost = settings.model_copy(
        update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/gone")}
    )
    async with serving(create(lost)) as client:
        status = (await client.get("/ops/status")).json()
    assert status["unread_parts"] == ["jobs", "leases", "events"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ops/status"),
        ("GET", "/ops/parked-events"),
        ("POST", "/ops/parked-events/1/replay"),
        ("POST", "/ops/parked-events/1/discard"),
    ],
)
async def test_only_operations_see_it(client: httpx.AsyncClient, method: str, path: str) -> None:
    publisher = tokens.bearer(Scope.PUBLISH)
    assert_problem(await client.request(method, path, headers=publisher), 403, "auth.scope")
    stranger = await client.request(method, path, headers={"Authorization": ""})
    assert_problem(stranger, 401, "auth.missing")
