"""The daily digests: a portal proves by them that it has every event, and of which day."""

import hashlib
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

from services.certificates.rosters.content import EventDraft
from services.certificates.rosters.digests import seal_rosters
from services.certificates.rosters.numbering import append_events, choose_day, lock_roster_head
from services.certificates.rosters.rules import RosterEventKind
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from tests.certificates.approvals import commanding, rows
from tests.certificates.rosters.portal import digest_of, kinds, portal, read_events, subscribe
from tests.clock import ManualClock
from tests.problems import assert_problem

EXPIRED_CERTIFICATE = {
    "number": "Ж-00001",
    "issued_on": "2023-03-02",
    "valid_until": "2026-03-01",
    "ends_on": "2026-03-01",
    "verdict": "expired",
    "valid": False,
    "effective_on": "2026-03-02",
}


async def add_events(
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    path: str,
    number: int,
) -> None:
    """Numbers so many events of a subscription, as the sequencer does."""
    async with database.transaction() as session:
        context = commanding(session, clock, settings)
        head = await lock_roster_head(session)
        subscription_id = UUID(path.rpartition("/")[2])
        draft = EventDraft(subscription_id, None, RosterEventKind.EXPIRED, EXPIRED_CERTIFICATE)
        await append_events(context, choose_day(head, context.today), [draft] * number)


async def read_digest(
    client: httpx.AsyncClient, path: str, day: date
) -> tuple[dict[str, Any], str]:
    """What the day's digest says, its signature checked by the published keys; and the JWS."""
    answer = await client.get(f"{path}/digests/{day}", headers=portal())
    assert answer.status_code == 200, answer.text
    keys = KeySet.import_key_set((await client.get("/v1/jwks.json")).json())
    jws = answer.json()["jws"]
    token = jwt.decode(jws, keys)
    assert token.header["typ"] == "attesta-roster-digest+jws"
    claims: dict[str, Any] = token.claims["digest"]
    assert claims["subscription"] == path.rpartition("/")[2]
    return claims, jws


async def test_digests_prove_all_events_of_each_day_in_a_chain(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path, today = await subscribe(client), date(2026, 3, 2)
    await add_events(database, clock, settings, path, 3)
    assert await seal_rosters(database, clock, settings) == 0
    unsealed = await client.get(f"{path}/digests/{today}", headers=portal())
    assert_problem(unsealed, 404, "digest.unsealed")
    clock.advance(days=3)  # nobody sealed for two nights
    assert await seal_rosters(database, clock, settings) == 3
    events = await read_events(client, path)
    assert kinds(events) == ["expired"] * 3 + ["day_sealed"] * 3
    previous = None
    for place, day in enumerate((date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))):
        claims, jws = await read_digest(client, path, day)
        first, last = (1, 3) if place == 0 else (4, 3)
        assert (claims["first"], claims["last"], claims["day"]) == (first, last, str(day))
        assert claims["digest"] == digest_of(events[first - 1 : last])
        assert claims["previous"] == previous
        assert events[3 + place]["data"] == claims  # the heartbeat says the same
        previous = hashlib.sha256(jws.encode()).hexdigest()
    assert await seal_rosters(database, clock, settings) == 0
    clock.advance(days=1)
    await seal_rosters(database, clock, settings)
    claims, _ = await read_digest(client, path, date(2026, 3, 5))
    assert (claims["first"], claims["last"]) == (4, 6)  # heartbeats are proven, too
    assert claims["digest"] == digest_of(events[3:6])
    listed = (
        await client.get(f"{path}/digests", params={"after": "2026-03-03"}, headers=portal())
    ).json()
    assert [digest["day"] for digest in listed["items"]] == ["2026-03-04", "2026-03-05"]


async def test_no_event_enters_a_sealed_day_nor_one_before_the_last_event(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    clock.advance(days=1)
    await seal_rosters(database, clock, settings)
    slow_clock = ManualClock()  # of another machine, still in the day that is sealed
    await add_events(database, slow_clock, settings, path, 1)
    fast_clock = ManualClock()
    fast_clock.advance(days=2)
    await add_events(database, fast_clock, settings, path, 1)
    await add_events(database, slow_clock, settings, path, 1)
    days = [
        str(row.sequenced_on)
        for row in await rows(database, "SELECT sequenced_on FROM roster_event ORDER BY sequence")
    ]
    assert days == ["2026-03-03", "2026-03-03", "2026-03-04", "2026-03-04"]


async def test_sealing_that_dies_between_the_days_and_the_digests_goes_on(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = [await subscribe(client) for _ in range(3)]
    for path in paths:
        await add_events(database, clock, settings, path, 1)
    clock.advance(days=1)
    monkeypatch.setattr("services.certificates.rosters.digests.SUBSCRIPTIONS_IN_BATCH", 1)
    async with database.transaction() as session:  # the head moved, and the process died
        await execute(session, text("UPDATE roster_head SET sealed_through = '2026-03-02'"))
    await add_events(database, clock, settings, paths[0], 1)
    assert await seal_rosters(database, clock, settings) == 3
    for path in paths:
        claims, _ = await read_digest(client, path, date(2026, 3, 2))
        assert (claims["first"], claims["last"]) == (1, 1)


async def test_an_ended_roster_is_sealed_through_its_last_day_and_never_after(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    path = await subscribe(client)
    await add_events(database, clock, settings, path, 2)
    await client.delete(path, headers=portal())
    clock.advance(days=5)
    assert await seal_rosters(database, clock, settings) == 1
    assert kinds(await read_events(client, path)) == ["expired"] * 2  # nobody is told any more
    claims, _ = await read_digest(client, path, date(2026, 3, 2))
    assert claims["last"] == 2
