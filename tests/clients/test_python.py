"""The client for Python against a running service."""

import asyncio
import json
import sys
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.delivery.webhooks import BATCH_TYPE, build_batch, create_secret, sign_message
from tests.certificates.approvals import NUMBER
from tests.clients.broken_streams import BreakingStreams
from tests.clients.conftest import Site
from tests.clients.programs import BEFORE_EVENTS, EVENTS, run_program
from tests.clock import ManualClock
from tests.serving import listening

ISSUED_ON = date(2026, 3, 2)
QUESTION = (NUMBER, ISSUED_ON)


async def test_the_example_of_a_portal_runs(
    python_folder: Path, site: Site, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "error", "examples/portal.py"]
    variables = site.describe(
        NUMBER=NUMBER,
        ISSUED_ON=str(ISSUED_ON),
        POSITION_FILE=str(tmp_path / "position"),
        PYTHONPATH=".",
    )
    lines = await run_program(command, python_folder, variables)
    assert lines == ["one: valid True", *BEFORE_EVENTS, *EVENTS]
    lines = await run_program(command, python_folder, variables)
    assert lines == ["one: valid True", *BEFORE_EVENTS], "the events are known"


async def test_types_fit(python_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path)]
    layer = ["attesta_client/asynchronous.py", "attesta_client/synchronous.py"]
    lines = await run_program([*command, *layer, "examples/portal.py"], python_folder, {})
    assert lines == ["Success: no issues found in 3 source files"]


async def test_asyncio_reads_the_same(attesta_client: Any, site: Site) -> None:
    async with attesta_client.AsyncAttesta(site.url, lambda: site.token) as attesta:
        assert (await attesta.verify(*QUESTION)).verdict == "valid"
        past = await attesta.verify(*QUESTION, on=date(2026, 3, 1), with_evidence=True)
        assert (past.verdict, past.evidence.count(".")) == ("not_found", 2)
        rows = await attesta.verify_many([QUESTION, ("no number?", ISSUED_ON)])
        assert [(row.row, row.answer and row.answer.valid) for row in rows] == [
            (1, True),
            (2, None),
        ]
        assert rows[1].errors[0].pointer == "/number"
        job = await attesta.begin_verification([QUESTION] * 3, idempotency_key="staff-2026-03-02")
        again = await attesta.begin_verification([QUESTION] * 3, idempotency_key="staff-2026-03-02")
        assert again.id == job.id
        answers = [row async for row in job.answers(pause_seconds=0.05)]
        assert [(row.row, row.answer.verdict) for row in answers] == [
            (row, "valid") for row in (1, 2, 3)
        ]
        assert (await job.progress()).done == 3
        names = attesta_client.PersonNames(family_name="Никто", given_name="Некто")
        named_job = await attesta.begin_verification([QUESTION, (*QUESTION, names)])
        named_answers = [row.answer async for row in named_job.answers(pause_seconds=0.05)]
        assert [answer.name_matches for answer in named_answers] == [None, False]
        entries = [entry async for entry in attesta.feed()]
        assert [entry.position for entry in entries] == [1, 2, 3]
        events = [event async for event in attesta.events(site.subscription_id, 1)]
        assert [(event.sequence, event.number) for event in events] == [
            (2, "07.000001"),
            (3, "07.000002"),
        ]


async def test_the_feed_goes_on_from_a_position_with_its_chain(
    attesta_client: Any, site: Site
) -> None:
    def read() -> None:
        with attesta_client.Attesta(site.url, site.token) as attesta:
            entries = list(attesta.feed())
            assert [json.loads(entry.content)["event"] for entry in entries] == ["issued"] * 3
            rest = list(attesta.feed(entries[0].position, entries[0].chain))
            assert [entry.position for entry in rest] == [2, 3]
            with pytest.raises(attesta_client.ChainBroken):
                next(attesta.feed(entries[0].position, entries[1].chain))

    await asyncio.to_thread(read)


@dataclass
class Entry:
    """An entry of the feed as it came, to be altered."""

    position: int
    subject: str
    subject_id: UUID
    event: str
    recorded_at: datetime
    content: str | None
    content_digest: str
    digest: str
    chain: str


def alter(entry: Entry, **members: Any) -> Entry:
    """The entry with other members."""
    return Entry(**vars(entry) | members)


async def test_an_altered_page_shows(attesta_client: Any, site: Site) -> None:
    async with attesta_client.AsyncAttesta(site.url, site.token) as attesta:
        page = [
            Entry(**{member.name: getattr(entry, member.name) for member in fields(Entry)})
            async for entry in attesta.feed()
        ]
    empty, (first, second, third) = attesta_client.EMPTY_CHAIN, page
    ends = {"position": 0, "chain": empty, "before_chain": empty, "after_chain": third.chain}
    check_entries = attesta_client.chain.check_entries
    assert check_entries(page, **ends) == frozenset()
    absent = check_entries([first, alter(second, content=None), third], **ends)
    assert absent == {second.subject_id}
    for entries, fault in (
        ([first, third], "3 stands where 2"),
        ([first, first, second, third], "1 stands where 2"),
        ([first, second], "does not end"),
        ([first, alter(second, content="{}"), third], "content of 2"),
        ([first, alter(second, content_digest=first.content_digest), third], "content of 2"),
        ([first, alter(second, digest=first.digest), third], "what 2 says"),
        ([first, alter(second, event="erased"), third], "what 2 says"),
        ([first, alter(second, subject="statement", content=None), third], "what 2 says"),
        ([first, alter(second, subject_id=first.subject_id), third], "what 2 says"),
        ([first, alter(second, recorded_at=datetime.now(UTC)), third], "what 2 says"),
        ([first, alter(second, chain=first.chain), third], "chain at 2"),
    ):
        with pytest.raises(attesta_client.ChainBroken, match=fault):
            check_entries(entries, **ends)


async def test_a_refusal_says_its_rule(attesta_client: Any, site: Site) -> None:
    async with attesta_client.AsyncAttesta(site.url) as attesta:
        assert (await attesta.verify(*QUESTION)).valid, "needs no token"
        with pytest.raises(attesta_client.Refused) as refusal:
            await attesta.verify_many([QUESTION])
        assert (refusal.value.status, refusal.value.errors) == (401, [])
        assert refusal.value.rule
        assert refusal.value.instance
    async with attesta_client.AsyncAttesta(site.url, site.token) as attesta:
        job = attesta_client.AsyncVerificationJob(attesta, uuid4())
        with pytest.raises(attesta_client.Refused, match=r"404 job\.unknown"):
            await anext(job.answers())


@pytest.mark.parametrize(("break_count", "is_whole"), [(3, True), (20, False)])
async def test_answers_that_break_off_are_gone_on_with(
    attesta_client: Any,
    site: Site,
    settings: CertificatesSettings,
    clock: ManualClock,
    break_count: int,
    is_whole: bool,
) -> None:
    service = BreakingStreams(create(settings, clock), break_count)
    with listening(service) as url:
        async with attesta_client.AsyncAttesta(url, site.token) as attesta:
            job = await attesta.begin_verification([QUESTION] * 700)
            rows: list[int] = []
            try:
                async for row in job.answers(pause_seconds=0.02):
                    rows += [row.row]
            except attesta_client.AnswerBroken:
                assert not is_whole
    assert rows == list(range(1, len(rows) + 1)), "none is missed, none comes twice"
    assert (len(rows) == 700) is is_whole


async def test_a_cancelled_job_ends_its_answers(
    attesta_client: Any, site: Site, job_worker: asyncio.Task[None]
) -> None:
    async with attesta_client.AsyncAttesta(site.url, site.token) as attesta:
        answered_job = await attesta.begin_verification([QUESTION])
        assert [row.row async for row in answered_job.answers(pause_seconds=0.05)] == [1]
        with pytest.raises(attesta_client.Refused, match=r"409 job\.finished"):
            await answered_job.cancel()
        job_worker.cancel()
        job = await attesta.begin_verification([QUESTION] * 3)
        assert (await job.cancel()).cancelled_at is not None
        with pytest.raises(attesta_client.JobCancelled):
            await anext(job.answers())


def test_messages_of_webhooks_are_read_where_they_are_signed(attesta_client: Any) -> None:
    secret, foreign_secret = create_secret(), create_secret()
    event = {
        "id": "evt_1",
        "type": "attesta.roster.expired.v1",
        "sequence": "0000000017",
        "data": {"number": NUMBER, "valid": False},
    }
    body = build_batch([json.dumps(event)])
    headers = dict(sign_message("evt_1_17", body, BATCH_TYPE, [secret]))
    (read,) = attesta_client.read_message(secret, body, headers).events
    assert (read.sequence, read.kind, read.number, read.is_valid) == (17, "expired", NUMBER, False)
    forgeries = [
        (foreign_secret, body, headers),
        (secret, body + b" ", headers),
        (secret, body, {}),
    ]
    for forgery in forgeries:
        with pytest.raises(attesta_client.MessageForged):
            attesta_client.read_message(*forgery)
    challenge = b'{"challenge":"x"}'
    headers = dict(sign_message("challenge", challenge, "application/json", [secret]))
    assert attesta_client.read_message(secret, challenge, headers).reply == {"challenge": "x"}
