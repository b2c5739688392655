"""What the services tell monitoring, over HTTP."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import event, text

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.set_aside import set_row_aside
from shared.job_states.states import record_failure, record_success
from shared.metrics import registry
from shared.principal import Scope
from tests import tokens
from tests.clock import ManualClock
from tests.docs.pages import ROOT
from tests.messaging.sample_events import happen, record
from tests.metrics.conftest import RunningServices
from tests.problems import assert_problem
from tests.scrapes import scrape
from tests.serving import serving, silent_server

COUNT = "attesta_http_request_duration_seconds_count"
EVERYWHERE = {
    "attesta_build_info",
    "attesta_db_pool_connections",
    "attesta_dead_letters",
    "attesta_http_request_duration_seconds_bucket",
    "attesta_job_backlog",
    "attesta_job_interval_seconds",
    "attesta_job_last_success_timestamp_seconds",
    "attesta_lease_fence",
    "attesta_lease_remaining_seconds",
    "attesta_outbox_oldest_seconds",
    "attesta_outbox_parked",
    "attesta_outbox_unpublished",
    "attesta_scrape_failed",
    "attesta_set_aside_rows",
    "process_resident_memory_bytes",
}
OWN = {
    "catalog": set[str](),
    "applications": {
        "attesta_deliveries_open",
        "attesta_delivery_oldest_seconds",
        "attesta_time_limits",
    },
    "certificates": {
        "attesta_feed_unsequenced",
        "attesta_job_oldest_waiting_seconds",
        "attesta_notice_oldest_due_seconds",
        "attesta_notices_due",
        "attesta_renewal_windows_overbooked",
        "attesta_roster_oldest_seconds",
        *("attesta_endpoints", "attesta_deliveries_open", "attesta_delivery_oldest_seconds"),
    },
}


async def _run(database: Database, statement: str, **values: object) -> None:
    async with database.transaction() as session:
        await execute(session, text(statement), values)


async def test_every_service_exports_its_gauges_before_anything_has_happened(
    all_services: RunningServices,
) -> None:
    for name, client in all_services.clients.items():
        await client.get("/health/live")
        answer = await scrape(client)
        assert answer.names >= EVERYWHERE | OWN[name]
        assert answer.list_faults() == ""
        failures = {key[1]: value for key, value in answer.samples.items() if "failed" in key[0]}
        assert set(failures.values()) == {0}, failures
        for gauge in ("attesta_outbox_unpublished", "attesta_outbox_oldest_seconds"):
            assert answer.samples[gauge, frozenset()] == 0
        assert answer.label_values("attesta_dead_letters", "status") == {"waiting", "parked"}
        assert answer.label_values("attesta_set_aside_rows", "job") >= UPKEEP_INTERVALS.keys()


async def test_monitoring_needs_the_scope_of_operations(client: httpx.AsyncClient) -> None:
    without_token = await client.get("/metrics", headers={"Authorization": ""})
    assert_problem(without_token, 401, "auth.missing")
    clerk = await client.get("/metrics", headers=tokens.bearer(Scope.PROCESS, centre="1"))
    assert_problem(clerk, 403, "auth.scope")
    operations = await client.get("/metrics", headers=tokens.bearer(Scope.OPERATE))
    assert operations.status_code == 200


async def test_an_event_counts_until_it_is_published(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    await happen(database, "a", 1, clock.now())
    await happen(database, "a", 2, clock.now())
    await asyncio.sleep(0.05)
    answer = await scrape(client)
    assert answer.value("attesta_outbox_unpublished") == 2
    assert 0.05 <= answer.value("attesta_outbox_oldest_seconds") < 60
    await _run(database, "UPDATE outbox SET parked_at = clock_timestamp() WHERE key = 'a'")
    assert (await scrape(client)).value("attesta_outbox_parked") == 2
    await _run(database, "UPDATE outbox SET published_at = clock_timestamp()")
    assert (await scrape(client)).value("attesta_outbox_parked") == 0
    answer = await scrape(client)
    assert answer.value("attesta_outbox_unpublished") == 0
    assert answer.value("attesta_outbox_oldest_seconds") == 0


async def test_a_dead_letter_counts_until_it_is_settled(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    for number, status in enumerate(("waiting", "parked", "parked")):
        dead_record = record("a", number, clock.now())
        await _run(
            database,
            "INSERT INTO dead_letter (topic, key_digest, partition, kafka_offset, fingerprint,"
            " event_id, headers, status, reason, detail)"
            " VALUES ('tests.thing', :key, 0, :number, :print, :id, '[]', :status, 'failure', 'x')",
            number=number,
            key=dead_record.key_digest,
            print=dead_record.fingerprint,
            id=dead_record.event_id,
            status=status,
        )
    answer = await scrape(client)
    assert answer.value("attesta_dead_letters", status="waiting") == 1
    assert answer.value("attesta_dead_letters", status="parked") == 2
    first_page = (await client.get("/ops/dead-letters", params={"limit": 2})).json()
    last_page = (
        await client.get("/ops/dead-letters", params={"cursor": first_page["next"]})
    ).json()
    letters = first_page["items"] + last_page["items"]
    assert [letter["status"] for letter in letters] == ["waiting", "parked", "parked"]
    assert last_page["next"] is None
    path = f"/ops/dead-letters/{letters[0]['id']}/discard"
    await client.post(path, json={"reason": "of no consequence"})
    assert (await scrape(client)).value("attesta_dead_letters", status="waiting") == 0


async def test_jobs_are_told_by_their_last_success_and_also_when_they_never_ran(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    success = "attesta_job_last_success_timestamp_seconds"
    job = "outbox-partitions"
    answer = await scrape(client)
    assert answer.samples[success, frozenset({("job", job)})] == 0
    assert answer.value("attesta_job_interval_seconds", job=job) == 3600
    async with database.transaction() as session:
        await record_success(session, job, 60, 7, clock.now())
        await record_success(session, "renamed-long-ago", 60, 7, clock.now())
        later = clock.now() + timedelta(minutes=5)
        await record_failure(session, job, 60, "TimeoutError", later)
        await set_row_aside(session, job, "row-1", "ValueError", clock.now())
    answer = await scrape(client)
    assert answer.value(success, job=job) == clock.now().timestamp()
    assert answer.value("attesta_job_interval_seconds", job=job) == 60
    assert answer.value("attesta_job_backlog", job=job) == 7
    assert answer.value("attesta_set_aside_rows", job=job) == 1
    assert answer.label_values(success, "job") == UPKEEP_INTERVALS.keys()


async def test_requests_are_measured_by_the_template_of_the_route(
    client: httpx.AsyncClient,
) -> None:
    before = await scrape(client)
    await client.get("/v1/qualifications/11111111-1111-4111-8111-111111111111")
    await client.get("/v1/qualifications/22222222-2222-4222-8222-222222222222")
    await client.get("/ru/qualifications")
    after = await scrape(client)

    def count_more(**labels: str) -> float:
        return after.value(COUNT, **labels) - before.value(COUNT, **labels)

    template = "/v1/qualifications/{qualification_id}"
    assert count_more(method="GET", route=template, status="404") == 2
    assert count_more(method="GET", route="/ru/qualifications", status="200") == 1
    assert count_more(method="GET", route="/metrics", status="200") == 1


async def test_no_client_can_make_labels(client: httpx.AsyncClient) -> None:
    before = await scrape(client)
    for number in range(30):
        await client.request(f"VERB{number}", f"/nowhere/{number}")
        await client.get(f"/v1/qualifications/{number}?q={number}")
        await client.get(f"/ru/{number}")
        await client.request("BREW", "/v1/qualifications")
    after = await scrape(client)
    assert "other" in after.label_values(COUNT, "method")
    assert not any("VERB" in method for method in after.label_values(COUNT, "method"))
    new_routes = after.label_values(COUNT, "route") - before.label_values(COUNT, "route")
    assert len(new_routes) <= 4, new_routes
    assert "unknown" in after.label_values(COUNT, "route")


async def test_a_scrape_costs_a_bounded_number_of_statements_and_many_scrapers_cost_one(
    settings: CatalogSettings, clock: ManualClock
) -> None:
    app = create(settings.model_copy(update={"metrics_cache_seconds": 3600}), clock)
    statements: list[str] = []
    engine = app.state.resources.operators_database.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def _note_statement(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    async with serving(app) as client:
        await asyncio.gather(*(scrape(client) for _ in range(20)))
        selects = [
            statement
            for statement in statements
            if statement.startswith("SELECT") and "set_config" not in statement
        ]
        assert len(selects) == 7, selects
        assert len(statements) == 7 + 2 * 4, "each source: read only, its limit of time"
        await scrape(client)
        assert len(statements) == 15


@pytest.mark.parametrize("kind", ["refuses", "is silent"])
async def test_without_its_database_a_service_tells_what_it_knows_itself(
    settings: CatalogSettings, kind: str
) -> None:
    with silent_server() as (address, _):
        port = address.rsplit(":", 1)[1] if kind == "is silent" else "1"
        lost_settings = settings.model_copy(
            update={
                "database_url": SecretStr(f"postgresql://nobody@127.0.0.1:{port}/gone"),
                "metrics_timeout_seconds": 0.6,
            }
        )
        async with serving(create(lost_settings)) as client:
            async with asyncio.timeout(5):
                answer = await scrape(client)
            sources = answer.label_values("attesta_scrape_failed", "source")
            assert sources == {"outbox", "leases", "dead_letters", "jobs"}
            for source in sources:
                assert answer.value("attesta_scrape_failed", source=source) == 1
            assert "attesta_outbox_unpublished" not in answer.names, "not read is not 0"
            assert answer.value("attesta_build_info", version=registry.VERSION) == 1
            assert answer.list_faults() == ""


async def test_one_gauge_that_cannot_be_read_takes_no_other_with_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    await _run(database, "ALTER TABLE dead_letter RENAME TO elsewhere")
    try:
        answer = await scrape(client)
    finally:
        await _run(database, "ALTER TABLE elsewhere RENAME TO dead_letter")
    assert answer.value("attesta_scrape_failed", source="dead_letters") == 1
    assert "attesta_dead_letters" not in answer.names
    assert answer.value("attesta_scrape_failed", source="outbox") == 0
    assert "attesta_outbox_unpublished" in answer.names


async def test_the_database_breaks_a_slow_statement_off(
    settings: CatalogSettings, database: Database
) -> None:
    hurried = settings.model_copy(update={"metrics_timeout_seconds": 0.9})
    async with serving(create(hurried)) as client, database.transaction() as session:
        await execute(session, text("LOCK TABLE outbox"))
        answer = await scrape(client)
        assert answer.value("attesta_scrape_failed", source="outbox") == 1
        assert answer.value("attesta_scrape_failed", source="jobs") == 0
        count_waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                while (await execute(session, count_waiting)).scalar_one():
                    await asyncio.sleep(0.05)
        assert (await execute(session, count_waiting)).scalar_one() == 0


async def test_connections_add_up_to_the_limit(
    client: httpx.AsyncClient, settings: CatalogSettings
) -> None:
    await client.get("/v1/qualifications")
    answer = await scrape(client)
    states = {
        state: answer.value("attesta_db_pool_connections", state=state)
        for state in ("in_use", "idle", "unopened")
    }
    assert sum(states.values()) == settings.database_pool_size + settings.database_pool_overflow
    assert states["in_use"] == 0
    assert states["idle"] >= 1


def test_the_version_is_the_projects() -> None:
    assert f'\nversion = "{registry.VERSION}"\n' in (ROOT / "pyproject.toml").read_text()
