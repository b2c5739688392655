"""What a sender reads is what is due; endpoints that have all they should cost nothing."""

import httpx
import pytest
from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.claims import Places, claim_endpoints
from services.certificates.webhooks.gauges import build_webhook_gauges
from services.certificates.webhooks.sending import WebhookSender
from shared.context import command_context
from shared.db import Database, execute
from tests.certificates.rosters.portal import subscribe
from tests.certificates.webhooks.portals import (
    PortalServer,
    activate,
    enter_endpoint,
    number_events,
)
from tests.clock import ManualClock
from tests.receivers import answering

IDLE_ENDPOINTS = 5000
_LOAD = (
    """
    INSERT INTO subscription (id, employer, name, purpose, basis, until, state, revision,
        last_sequence, enrolled, sealed_sequence, created_at, created_by)
    SELECT gen_random_uuid(), 'many', 'n', 'for a test', 'b', '2028-03-02', 'open', 0, 7, 0, 0,
        '2026-03-02T09:00:00Z', 'test'
    FROM generate_series(1, :number)
    """,
    """
    INSERT INTO webhook_endpoint (id, subscription_id, url, host, contact, batch_max, state,
        revision, created_at, delivered_through, last_sequence, next_attempt_at, failures,
        is_hindered, notice_attempts)
    SELECT gen_random_uuid(), id, 'https://x.example/', id || '.example', 'a@b.example', 100,
        'active', 0, created_at, last_sequence, last_sequence, created_at, 0, false, 0
    FROM subscription WHERE employer = 'many'
    """,
)
_ROWS_READ = """
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables
    WHERE relname IN ('webhook_endpoint', 'subscription')
"""


@pytest.fixture
async def path(client: httpx.AsyncClient, database: Database) -> str:
    """The address of a subscription, among whose endpoints thousands have all they should."""
    async with database.transaction() as session:
        await execute(session, text(_LOAD[0]), {"number": IDLE_ENDPOINTS})
        await execute(session, text(_LOAD[1]))
    async with database.transaction() as session:
        await execute(session, text("ANALYZE webhook_endpoint, subscription"))
    return await subscribe(client)


async def test_a_look_reads_what_is_due_and_nothing_else(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    path: str,
    server: PortalServer,
) -> None:
    await activate(database, await enter_endpoint(client, path, server))

    async def count_read_rows() -> tuple[int, int]:
        async with database.transaction() as session:
            context = command_context(session, clock.now(), settings, "test")
            # What this connection read before may not have been reported yet.
            count_before = (await execute(session, text(_ROWS_READ))).scalar_one()
            claims = await claim_endpoints(context, Places(150, 50))
            count_after = (await execute(session, text(_ROWS_READ))).scalar_one()
            return len(claims), int(count_after - count_before)

    claim_count, read_count = await count_read_rows()
    assert (claim_count, read_count <= 2) == (0, True)
    await number_events(database, clock, settings, [path], 3)
    claim_count, read_count = await count_read_rows()
    assert claim_count == 1
    assert read_count < 30


async def test_a_dead_portal_costs_a_request_an_hour_whatever_waits_for_it(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    await activate(database, await enter_endpoint(client, path, server))
    await number_events(database, clock, settings, [path], 2000)
    async with database.transaction() as session:
        await execute(
            session,
            text("UPDATE webhook_endpoint SET failures = 9, is_hindered = true, state = 'failing'"),
        )
    server.receiver.requests.clear()
    server.fault = answering(500)
    for _ in range(12):
        await sender.send_due()
        clock.advance(minutes=15)
    assert len(server.receiver.requests) <= 3


async def test_gauges_tell_states_what_is_behind_and_since_when(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    path: str,
    server: PortalServer,
) -> None:
    await activate(database, await enter_endpoint(client, path, server))

    async def read() -> dict[tuple[str, str], float]:
        async with database.read_only_transaction() as session:
            families = await build_webhook_gauges(clock)(session)
        return {
            (sample.name, sample.labels.get("state", "")): sample.value
            for family in families
            for sample in family.samples
        }

    clock.advance(days=3)
    before = await read()
    assert before["attesta_endpoints", "active"] == IDLE_ENDPOINTS + 1
    assert before["attesta_endpoints", "paused"] == 0
    assert before["attesta_delivery_oldest_seconds", ""] == 0
    await number_events(database, clock, settings, [path])
    clock.advance(minutes=2)
    after = await read()
    assert after["attesta_deliveries_open", "active"] == 1
    assert after["attesta_delivery_oldest_seconds", ""] == 120, "idle days do not count"
