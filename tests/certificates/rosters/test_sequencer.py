"""The sequencer: each change once, in order, dense, whoever dies, races or is bad."""

import asyncio
import random
import time
from collections import Counter
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from services.certificates.rosters import sequencer as rosters_sequencer
from services.certificates.rosters.sequencer import ROSTERS_JOB, RosterSequencer
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.duties import ProcessDuties
from tests.certificates.approvals import rows
from tests.certificates.rosters.portal import (
    enrol,
    kinds,
    load_certificates,
    load_roster,
    portal,
    read_events,
    subscribe,
)
from tests.clock import ManualClock
from tests.conditions import eventually

ISSUED_ON = "2026-03-02"
_QUEUE = text(
    """
    INSERT INTO pending_change (certificate_id, kind, effective_on, recorded_at)
    SELECT id, :kind, '2026-03-02', '2026-03-02T09:00:00Z' FROM certificate
    WHERE number = ANY(:numbers) ORDER BY length(number), number
    """
)


async def queue(database: Database, places: range | list[int], kind: str = "renewal_due") -> None:
    """Queues a change of each of the certificates `load-<place>`."""
    async with database.transaction() as session:
        numbers = [f"load-{place}" for place in places]
        await execute(session, _QUEUE, {"kind": kind, "numbers": numbers})


async def read_told(database: Database) -> dict[UUID, list[str]]:
    """The numbers of certificates that each subscription was told of, by sequence; dense."""
    told: dict[UUID, list[str]] = {}
    query = """
        SELECT e.subscription_id, e.sequence, c.number FROM roster_event AS e
        JOIN certificate AS c ON c.id = e.certificate_id ORDER BY 1, 2
    """
    for row in await rows(database, query):
        numbers = told.setdefault(row.subscription_id, [])
        numbers.append(row.number)
        assert row.sequence == len(numbers)
    last = await rows(database, "SELECT id, last_sequence FROM subscription")
    assert {row.id: row.last_sequence for row in last if row.last_sequence} == {
        subscription_id: len(numbers) for subscription_id, numbers in told.items()
    }
    return told


async def test_a_hundred_thousand_enrolled_and_five_thousand_changes(
    database: Database, sequencer: RosterSequencer
) -> None:
    """Each is told once to who watches it, and nobody else of anything."""
    await load_certificates(database, 110_000)
    first, second = uuid4(), uuid4()
    await load_roster(database, first, 1, 70_000)
    await load_roster(database, second, 50_001, 80_000)  # 20,000 of them watched twice
    async with database.transaction() as session:
        await execute(session, text("ANALYZE enrolment, certificate"))
    changed = sorted(random.Random(7).sample(range(1, 110_001), 5_000))
    await queue(database, changed)
    begun = time.perf_counter()
    assert await sequencer.run_round() == 5_000
    seconds = time.perf_counter() - begun
    told = await read_told(database)
    assert told[first] == [f"load-{place}" for place in changed if place <= 70_000]
    assert told[second] == [f"load-{place}" for place in changed if 50_000 < place <= 80_000]
    assert set(told) == {first, second}
    assert seconds < 15, seconds


@pytest.mark.parametrize(
    "step", ["_lock_watchers", "_draft_events", "append_events", "move_enrolments"]
)
async def test_whoever_dies_leaves_the_same_queue_and_numbers(
    database: Database,
    sequencer: RosterSequencer,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    await load_certificates(database, 6)
    subscription_id = uuid4()
    await load_roster(database, subscription_id, 1, 6)
    await queue(database, range(1, 5))
    await sequencer.run_round()
    await queue(database, range(3, 7))
    original = getattr(rosters_sequencer, step)

    async def die(*values: object) -> None:
        await original(*values)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(rosters_sequencer, step, die)
        with pytest.raises(KeyboardInterrupt):
            await sequencer.run_round()
    assert len(await rows(database, "SELECT 1 FROM pending_change")) == 4
    assert await sequencer.run_round() == 4
    told = await read_told(database)
    assert told == {subscription_id: [f"load-{place}" for place in (1, 2, 3, 4, 3, 4, 5, 6)]}


async def test_two_sequencers_and_people_who_come_and_go_lose_and_double_nothing(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await load_certificates(database, 60)
    subscription_id = uuid4()
    await load_roster(database, subscription_id, 1, 40)
    small = settings.model_copy(update={"roster_batch": 7})
    path = f"/v1/subscriptions/{subscription_id}"
    done = asyncio.Event()

    async def sequence() -> None:
        one = RosterSequencer(database, clock, small)
        while not done.is_set() or await one.run_round():
            await one.run_round()

    async def come_and_go(place: int) -> None:
        question = {"number": f"load-{place}", "issued_on": ISSUED_ON}
        for _ in range(3):
            await enrol(client, path, question)
            await client.delete(f"{path}/enrolments", params=question, headers=portal())

    async def change() -> None:
        for start in range(1, 60, 6):
            await queue(database, range(start, start + 6))
        done.set()

    async with asyncio.timeout(60):
        await asyncio.gather(
            sequence(), sequence(), change(), *(come_and_go(place) for place in range(41, 47))
        )
    told = (await read_told(database))[subscription_id]
    counts = Counter(told)
    assert dict.fromkeys(counts, 1) == dict(counts)
    assert {f"load-{place}" for place in range(1, 41)} <= set(told)
    assert await rows(database, "SELECT 1 FROM pending_change") == []
    (row,) = await rows(database, "SELECT enrolled FROM subscription")
    assert row.enrolled == 40


async def test_between_status_and_events_lies_nothing(
    client: httpx.AsyncClient,
    database: Database,
    sequencer: RosterSequencer,
) -> None:
    """Whoever enrols while certificates are annulled learns it from the status or an event."""
    await load_certificates(database, 30)
    path = await subscribe(client)
    ids = {row.number: row.id for row in await rows(database, "SELECT id, number FROM certificate")}
    verdicts: dict[str, str] = {}

    async def enrol_one(number: str) -> None:
        answer = await client.post(
            f"{path}/enrolments",
            json={"number": number, "issued_on": ISSUED_ON},
            headers=portal(),
        )
        body = answer.json()
        verdicts[number] = body["status"]["verdict"] if answer.status_code == 201 else body["is"]

    async def annul(number: str) -> None:
        body = {"reason": "Выдано по ошибке центра", "basis": "решение 17"}
        answer = await client.post(f"/v1/certificates/{ids[number]}/annul", json=body)
        assert answer.is_success
        await sequencer.run_round()

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(step for number in ids for step in (enrol_one(number), annul(number)))
        )
    await sequencer.run_round()
    told = {event["data"]["number"] for event in await read_events(client, path)}
    silent = [
        number for number, verdict in verdicts.items() if verdict == "valid" and number not in told
    ]
    assert silent == []


async def test_a_certificate_that_cannot_be_told_is_set_aside_in_its_order(
    client: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    sequencer: RosterSequencer,
) -> None:
    await load_certificates(database, 20)
    subscription_id = uuid4()
    await load_roster(database, subscription_id, 1, 20)
    async with database.transaction() as session:
        broken = """
            UPDATE certificate SET qualification = qualification || '{"level": "x"}'
            WHERE number = 'load-8'
        """
        await execute(session, text(broken))
    await queue(database, range(1, 21))
    await queue(database, [8, 9], "expired")
    await sequencer.run_round()
    told = (await read_told(database))[subscription_id]
    assert told == [f"load-{place}" for place in (*range(1, 8), *range(9, 21), 9)]
    (row,) = await rows(database, "SELECT job, subject FROM set_aside")
    (certificate,) = await rows(database, "SELECT id FROM certificate WHERE number = 'load-8'")
    assert (row.job, row.subject) == (ROSTERS_JOB, str(certificate.id))
    assert len(await rows(database, "SELECT 1 FROM pending_change")) == 2
    async with database.transaction() as session:
        mend = "UPDATE certificate SET qualification = qualification || '{\"level\": 3}'"
        await execute(session, text(mend))
    clock.advance(days=2)
    await sequencer.run_round()
    told = (await read_told(database))[subscription_id]
    assert told[-2:] == ["load-8", "load-8"]
    assert await rows(database, "SELECT 1 FROM set_aside") == []
    events = await read_events(client, f"/v1/subscriptions/{subscription_id}", after=20)
    assert kinds(events) == ["renewal_due", "expired"]


async def test_a_change_that_many_watch_is_bounded_and_one_is_always_told(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, 3)
    for _ in range(12):
        await load_roster(database, uuid4(), 1, 3)
    await queue(database, range(1, 4))
    narrow = settings.model_copy(update={"roster_batch": 5})
    assert await RosterSequencer(database, clock, narrow).run_round() == 3
    told = await read_told(database)
    assert len(told) == 12
    assert all(numbers == ["load-1", "load-2", "load-3"] for numbers in told.values())


async def test_the_sequencer_follows_commits_and_says_that_it_lives(
    database: Database, sequencer: RosterSequencer
) -> None:
    await load_certificates(database, 1)
    await load_roster(database, uuid4(), 1, 1)
    with ProcessDuties().perform(ROSTERS_JOB) as duty:
        running = asyncio.create_task(sequencer.run())
    try:
        await queue(database, [1])

        async def is_told() -> bool:
            return len(await rows(database, "SELECT 1 FROM roster_event")) == 1

        await eventually(is_told, "the event")

        async def is_alive() -> bool:
            return duty.success_instant is not None

        await eventually(is_alive, "a round that ended well")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
